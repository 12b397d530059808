using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Registry.Samples.Tests.Harness;

/// <summary>
/// The way between a client and a server, at an address that stays. It can be cut, fall silent, and lead to another server.
/// </summary>
internal sealed class Link : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, Socket> _ends = new();
    private readonly CancellationTokenSource _over = new();
    private readonly Task _accepting;
    private volatile Uri? _target;
    private volatile TaskCompletionSource _flowing = Completed();

    public Link(Uri target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>What a client dials.</summary>
    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>Cuts what there is; whoever dials is cut off again until <see cref="LeadTo"/>.</summary>
    public void Cut()
    {
        _target = null;
        foreach (var end in _ends.Keys)
            end.Dispose();
    }

    /// <summary>Connections from now on lead to this server.</summary>
    public void LeadTo(Uri target) => _target = target;

    /// <summary>Connections stay open, and nothing passes in either direction.</summary>
    public void FallSilent() => _flowing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was held back passes, and all that follows.</summary>
    public void Flow() => _flowing.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Dispose();
        Flow();
        Cut();
        await _accepting;
        _over.Dispose();
    }

    private static TaskCompletionSource Completed()
    {
        var completed = new TaskCompletionSource();
        completed.SetResult();
        return completed;
    }

    private async Task AcceptAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptSocketAsync(_over.Token);
                _ = CarryAsync(client);
            }
            catch (Exception gone) when (gone is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // Who dialled has gone again, or this is over.
            }
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            _ends[client] = client;
            _ends[server] = server;
            try
            {
                // Read after the two are listed: a cut that comes between finds them.
                if (_target is { } target)
                {
                    await server.ConnectAsync(IPAddress.Parse(target.Host), target.Port, _over.Token);
                    await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
                }
            }
            catch (Exception broken) when (broken is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // Both ends are closed either way.
            }
            finally
            {
                _ends.TryRemove(client, out _);
                _ends.TryRemove(server, out _);
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int length;
            while ((length = await from.ReceiveAsync(buffer, _over.Token)) > 0)
            {
                await _flowing.Task;
                await to.SendAsync(buffer.AsMemory(0, length), _over.Token);
            }
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The caller closes both ends.
        }
    }
}
