using System.CommandLine;
using Grpc.Core;
using Registry.Cli.CommandLine;
using Registry.Cli.Connecting;
using Registry.Cli.Output;
using Registry.Protocol.V1;
using Registry.Storage.Backups;
using Registry.Storage.Recovery;

namespace Registry.Cli.Snapshots;

/// <summary>
/// <c>registry snapshot save FILE</c>: a backup of a server that runs. The file is there only when it is whole, durable, and was read back.
/// </summary>
internal static class SnapshotSave
{
    public static Command Create(CliContext context, GlobalOptions globals)
    {
        var file = new Argument<string>("file") { Description = "The file to write." }.RefusingOptions();
        var force = Flag.Create("--force", "Replaces the file if it is there.");
        var command = new Command("save", "Writes a backup of a running server, at one revision, into a file.") { file, force };
        command.SetAction(async (parsed, _) =>
        {
            using var stop = context.Stop();
            return await RunAsync(context, globals.Of(parsed), parsed.GetRequiredValue(file), parsed.GetValue(force), stop.Token);
        });
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, Globals globals, string file, bool force, CancellationToken stop)
    {
        var path = Path.GetFullPath(file);
        if (!force && File.Exists(path))
        {
            throw new UsageException($"{file}: is there already; --force replaces it");
        }

        var state = await ReceiveAsync(context, globals, path, stop);
        var epoch = state.Epochs[^1].Epoch;
        if (globals.Output == OutputFormat.Json)
        {
            var document = new SavedJson(path, state.Revision, epoch, state.Applications, state.Instances, state.Bytes);
            await context.Out.WriteLineAsync(JsonOutput.Write(document, JsonOutput.Document.SavedJson));
            return ExitCode.Ok;
        }

        await context.Out.WriteLineAsync(ErrorLine.Printable($"saved {file}: {StateText.Of(state)}"));
        return ExitCode.Ok;
    }

    private static async Task<StateDescription> ReceiveAsync(CliContext context, Globals globals, string path, CancellationToken stop)
    {
        using var connection = await globals.ConnectAsync(stop);
        using var call = connection.Operations.Backup(new BackupRequest(), cancellationToken: stop);
        try
        {
            // A server that does not answer leaves no file, not even for a moment.
            var isMore = await NextAsync(call.ResponseStream);
            using var backup = BackupFile.Create(path);
            for (; isMore; isMore = await NextAsync(call.ResponseStream))
            {
                backup.Write(call.ResponseStream.Current.Data.Span);
            }

            return backup.Complete(new RecoveryProgress(stop));
        }
        catch (RpcException) when (stop.IsCancellationRequested)
        {
            throw new OperationCanceledException(stop);
        }

        // A stream has no deadline; each of its messages is an answer.
        async Task<bool> NextAsync(IAsyncStreamReader<BackupResponse> messages)
        {
            try
            {
                return await messages.MoveNext(stop).WaitAsync(globals.Timeout, context.Time, stop);
            }
            catch (TimeoutException)
            {
                throw new RpcException(new Status(StatusCode.DeadlineExceeded, ""));
            }
        }
    }
}
