using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Registry.TestKit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>
/// A TCP relay between a client and the server: a network that can be cut, and one behind which nobody reads. Small buffers, so that
/// what is not read stands still soon.
/// </summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly Uri _target;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<Socket, byte> _sockets = new();
    private readonly ConcurrentBag<Task> _tasks = [];
    private volatile TaskCompletionSource _reading = Open();

    private Relay(Uri target)
    {
        _target = target;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}");
        _tasks.Add(AcceptAsync());
    }

    /// <summary>Where to connect instead of the server.</summary>
    public Uri Address { get; }

    public static Relay To(Uri target) => new(target);

    /// <summary>Stops reading from the server: what it sends stays where it is.</summary>
    public void StopReading() => _reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reads on.</summary>
    public void GoOn() => _reading.TrySetResult();

    /// <summary>Cuts every connection, with a reset to both sides. New ones are taken.</summary>
    public void Cut()
    {
        foreach (var socket in _sockets.Keys)
        {
            try
            {
                socket.LingerState = new LingerOption(true, 0);
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                // One of the two was faster.
            }

            socket.Dispose();
        }
    }

    /// <summary>Cuts until something has ended: a connection may just be in the making.</summary>
    public Task CutUntilEndAsync(Task end, string phase) => Within.BecomesAsync(
        phase,
        true,
        () =>
        {
            Cut();
            return end.IsCompleted;
        });

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        Cut();
        GoOn();
        await Task.WhenAll(_tasks);
    }

    private static TaskCompletionSource Open()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        open.SetResult();
        return open;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _tasks.Add(RelayAsync(await _listener.AcceptAsync()));
            }
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // The relay is disposed of.
        }
    }

    private async Task RelayAsync(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 16 * 1024 };
        _sockets[client] = _sockets[server] = 0;
        try
        {
            await server.ConnectAsync(_target.Host, _target.Port);
        }
        catch (Exception cut) when (cut is SocketException or ObjectDisposedException)
        {
            // Cut while it was being made: the copies find out.
        }

        await Task.WhenAll(CopyAsync(client, server, waits: false), CopyAsync(server, client, waits: true));
    }

    private async Task CopyAsync(Socket from, Socket to, bool waits)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (true)
            {
                if (waits)
                    await _reading.Task;
                var read = await from.ReceiveAsync(buffer);
                if (read == 0)
                    break;
                for (var sent = 0; sent < read;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
            }
        }
        catch (Exception cut) when (cut is SocketException or ObjectDisposedException)
        {
            // Cut, by us or by one of the two.
        }

        from.Dispose();
        to.Dispose();
        _sockets.TryRemove(from, out _);
        _sockets.TryRemove(to, out _);
    }
}
