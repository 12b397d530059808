using Grpc.Core;
using Registry.Cli.CommandLine;
using Registry.Cli.Output;
using Registry.Client.Connecting;
using Registry.Protocol.V1;

namespace Registry.Cli.Connecting;

/// <summary>
/// Finds the first server that answers. With one address there is nothing to choose, and nothing is asked: the command's own first call
/// tells. The choice is made once; a command that holds or follows something stays with its server.
/// </summary>
internal static class ServerChoice
{
    // An address behind which nothing answers must not hold up the next one for long.
    private static readonly TimeSpan LongestProbe = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <exception cref="NoServerException">There are several addresses, and none of them answers.</exception>
    public static async Task<RegistryConnection> ConnectAsync(this Globals globals, CancellationToken cancellationToken)
    {
        if (globals.Servers.Length == 1)
        {
            return new RegistryConnection(globals.Server, globals.Timeout);
        }

        List<string> failures = [];
        foreach (var server in globals.Servers)
        {
            if (await ProbeAsync(server, globals, cancellationToken) is not { } fault)
            {
                globals.Server = server;
                return new RegistryConnection(server, globals.Timeout);
            }

            failures.Add($"{server} ({(fault.Message.Length > 0 ? fault.Message : ErrorLine.StatusName(fault.Code))})");
        }

        throw new NoServerException($"UNAVAILABLE: no server answers: {string.Join(", ", failures)}");
    }

    /// <summary>The same, for a command that waits for as long as it takes: says once that nobody answers, and goes round again.</summary>
    public static async Task<RegistryConnection> ConnectPatientlyAsync(this Globals globals, CliContext context, CancellationToken cancellationToken)
    {
        var isTold = false;
        while (true)
        {
            try
            {
                return await globals.ConnectAsync(cancellationToken);
            }
            catch (NoServerException nobody)
            {
                if (!isTold)
                {
                    isTold = true;
                    await context.Error.WriteLineAsync(ErrorLine.Of($"{nobody.Message}; trying again"));
                }
            }

            await Task.Delay(Pause, context.Time, cancellationToken);
        }
    }

    // Null: it answers. Any answer of a registry counts, a refusal too, if it is not one that sends us elsewhere.
    private static async Task<RegistryFault?> ProbeAsync(ServerAddress server, Globals globals, CancellationToken cancellationToken)
    {
        using var connection = new RegistryConnection(server, globals.Timeout < LongestProbe ? globals.Timeout : LongestProbe);
        try
        {
            await connection.Discovery.ListInterfacesAsync(
                new ListInterfacesRequest { Namespace = globals.Namespace, PageSize = 1 }, cancellationToken: cancellationToken);
            return null;
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var fault = RegistryFault.From(exception);
            return fault.IsTransient ? fault : null;
        }
    }
}
