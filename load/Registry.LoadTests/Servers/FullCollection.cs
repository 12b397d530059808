using System.Diagnostics.Tracing;
using System.Net.Sockets;
using Microsoft.Diagnostics.NETCore.Client;

namespace Registry.LoadTests.Servers;

/// <summary>
/// Has another .NET process of this user collect its whole heap, by the port that every one has for diagnostics: a heap that was not
/// collected says nothing about what is kept, and a server's collector may leave old garbage alone for many minutes.
/// </summary>
internal static class FullCollection
{
    // A session with this keyword begins with a full collection that blocks.
    private const long GcHeapCollect = 0x80_0000;
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";

    private const int BufferMegabytes = 1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // How long the session stays open: the collection begins with it.
    private static readonly TimeSpan Open = TimeSpan.FromMilliseconds(300);

    /// <summary>Does it; false where it is not possible: the process is gone, or has no such port, or belongs to somebody else.</summary>
    public static async Task<bool> TryAsync(int process, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var provider = new EventPipeProvider(Runtime, EventLevel.Informational, GcHeapCollect);
            using var session = await new DiagnosticsClient(process)
                .StartEventPipeSessionAsync(provider, requestRundown: false, BufferMegabytes, patience.Token).ConfigureAwait(false);

            // What it tells has to be taken, or it waits for us.
            var draining = session.EventStream.CopyToAsync(Stream.Null, patience.Token);
            await Task.Delay(Open, patience.Token).ConfigureAwait(false);
            await session.StopAsync(patience.Token).ConfigureAwait(false);
            await draining.ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure is DiagnosticsClientException
            or IOException or SocketException or UnauthorizedAccessException or TimeoutException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }
}
