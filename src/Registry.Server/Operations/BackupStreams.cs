using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;
using Registry.Core;
using Registry.Server.Discovery;
using Registry.Server.Errors;
using Registry.Server.Hosting;
using Registry.Storage.Backups;
using Wire = Registry.Protocol.V1;

namespace Registry.Server.Operations;

/// <summary>Begins a backup of the registry as it stands.</summary>
internal delegate StateBackup TakeBackup();

/// <summary>
/// Sends backups: a few at a time, because each keeps alive what is replaced while it goes out, and none to a client that does not read.
/// Thread safe.
/// </summary>
internal sealed class BackupStreams(TakeBackup take, ServerOptions options, IHostApplicationLifetime lifetime, TimeProvider time) : IDisposable
{
    /// <summary>How many are sent at a time.</summary>
    public const int Limit = 2;

    /// <summary>The most bytes in a message.</summary>
    public const int MessageBytes = 64 * 1024;

    // A code of HTTP/2 that gRPC takes for RESOURCE_EXHAUSTED.
    private const int EnhanceYourCalm = 0xb;

    // How long a client may take to read what is on its way when the server stops, and a write to notice that its stream was reset.
    private static readonly TimeSpan FarewellPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ResetPatience = TimeSpan.FromSeconds(2);

    private static readonly RegistryError TooMany = new(
        ErrorKind.ResourceExhausted, ErrorReasons.TooManyBackups, $"{Limit} backups are being taken; try again when one of them is through");

    private static readonly RegistryError ShuttingDown = new(
        ErrorKind.Unavailable, ErrorReasons.ShuttingDown, "the server is going away; what was sent is no backup");

    private readonly SemaphoreSlim _free = new(Limit, Limit);

    /// <summary>Sends one, and returns when all of it has gone out.</summary>
    /// <exception cref="RpcException">It is none, and why.</exception>
    public async Task SendAsync(IServerStreamWriter<Wire.BackupResponse> response, ServerCallContext context)
    {
        // Nobody waits for a place: the client would not know whether the server is busy or gone.
        if (!await _free.WaitAsync(TimeSpan.Zero, context.CancellationToken))
            throw TooMany.ToRpcException();
        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
            await SendAsync(take(), response, context, ending.Token);
        }
        catch (Exception ended) when (
            lifetime.ApplicationStopping.IsCancellationRequested
            && !context.CancellationToken.IsCancellationRequested
            && ended is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
        {
            throw ShuttingDown.ToRpcException();
        }
        finally
        {
            _free.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    private async Task SendAsync(StateBackup backup, IServerStreamWriter<Wire.BackupResponse> response, ServerCallContext context, CancellationToken ending)
    {
        foreach (var piece in backup.Read(MessageBytes))
        {
            if (piece.IsLast && await backup.WaitDurableAsync(ending) is { } failure)
                throw failure.ToRpcException();
            ending.ThrowIfCancellationRequested();

            // The bytes are in the response's buffer when this call returns, so the next piece may use the same memory. No token: it would end the
            // waiting and not the write, and Kestrel does not end a flush that waits for the client's window.
            var write = response.WriteAsync(new Wire.BackupResponse { Data = UnsafeByteOperations.UnsafeWrap(piece.Bytes) }, CancellationToken.None);
            if (!write.IsCompleted)
                await AwaitProgressAsync(write, context, ending);
            await write;
        }
    }

    // A client that stops to read holds the image, and all that was replaced since, for as long as its connection lives: so it has the
    // patience that a watch has.
    private async Task AwaitProgressAsync(Task write, ServerCallContext context, CancellationToken ending)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ending);
        await Task.WhenAny(write, Task.Delay(options.Watching.StallTimeout, time, over.Token));
        await over.CancelAsync();
        if (write.IsCompleted)
            return;

        // A status can only follow what is on its way, so a client that takes nothing is told by a reset. Real time, also where a test
        // drives the server's clock: what is waited for is at the other end of a socket.
        var isEnding = ending.IsCancellationRequested;
        if (isEnding && await Task.WhenAny(write, Task.Delay(FarewellPatience, TimeProvider.System, CancellationToken.None)) == write)
            return;
        context.GetHttpContext().Features.Get<IHttpResetFeature>()?.Reset(isEnding ? StreamSink.RefusedStream : EnhanceYourCalm);
        await Task.WhenAny(write, Task.Delay(ResetPatience, TimeProvider.System, CancellationToken.None));
        _ = write.ContinueWith(static broken => _ = broken.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        ending.ThrowIfCancellationRequested();
        throw new RegistryError(
            ErrorKind.ResourceExhausted, ErrorReasons.SlowConsumer, $"nothing was read for {options.Watching.StallTimeout.TotalSeconds} s; what was sent is no backup").ToRpcException();
    }
}
