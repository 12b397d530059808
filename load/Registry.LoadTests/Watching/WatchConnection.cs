using System.Net;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Lean;
using Registry.Protocol.V1;

namespace Registry.LoadTests.Watching;

/// <summary>A connection with the streams of one watcher, or of many, and the one loop that reads it.</summary>
internal sealed class WatchConnection : IAsyncDisposable
{
    private readonly LeanConnection _connection;
    private readonly IReadOnlyList<Watcher> _watchers;
    private readonly LeanStream[] _streams;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<LoadException?> _reading;

    private WatchConnection(LeanConnection connection, IReadOnlyList<Watcher> watchers)
    {
        _connection = connection;
        _watchers = watchers;
        _streams = [.. watchers.Select(w => connection.Call(LeanMethod.Watch, w.Begin(), isLast: false))];
        _reading = ReadAsync();
    }

    /// <summary>Completes when it is read no more: with what was wrong, or with null when it was disposed of.</summary>
    public Task<LoadException?> Ended => _reading;

    /// <summary>Connects, opens the streams, and reads from then on.</summary>
    public static async Task<WatchConnection> OpenAsync(
        IPEndPoint server, int sourceAddresses, IReadOnlyList<Watcher> watchers, CancellationToken cancellationToken)
    {
        var connection = await LeanConnection.ConnectAsync(server, SourceAddresses.Next(server, sourceAddresses), cancellationToken)
            .ConfigureAwait(false);
        return new WatchConnection(connection, watchers);
    }

    /// <summary>Opens many, some at a time, and waits until every watcher has its first state.</summary>
    public static async Task<IReadOnlyList<WatchConnection>> OpenManyAsync(
        IPEndPoint server, int sourceAddresses, IEnumerable<IReadOnlyList<Watcher>> groups, CancellationToken cancellationToken)
    {
        var opened = new System.Collections.Concurrent.ConcurrentBag<WatchConnection>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = cancellationToken };
        try
        {
            await Parallel.ForEachAsync(groups, options, async (group, token) =>
            {
                opened.Add(await OpenAsync(server, sourceAddresses, group, token).ConfigureAwait(false));
                foreach (var watcher in group)
                    await watcher.Ready.WaitAsync(token).ConfigureAwait(false);
            }).ConfigureAwait(false);
            return [.. opened];
        }
        catch
        {
            foreach (var connection in opened)
                await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task<LoadException?> ReadAsync()
    {
        LoadException? wrong = null;
        try
        {
            await _connection.FlushAsync(_stop.Token).ConfigureAwait(false);
            while (true)
            {
                await _connection.ReadAsync(_stop.Token).ConfigureAwait(false);
                for (var i = 0; i < _streams.Length; i++)
                {
                    while (_streams[i].TryTake(WatchResponse.Parser, out var message))
                        _watchers[i].Take(message);
                    _streams[i].ThrowIfFailed();
                    if (_streams[i].IsEnded)
                        throw new LoadException(FailureKind.ConnectionLost, "the server ended the watch");
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (LoadException failure)
        {
            wrong = failure;
        }

        _connection.Dispose();
        foreach (var watcher in _watchers)
            watcher.End(wrong?.Message ?? "left");
        return wrong;
    }
}
