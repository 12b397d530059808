using System.Text.Json.Nodes;
using Registry.LoadTests.Servers;

namespace Registry.LoadTests.Running;

/// <summary>
/// Looks after a server while it is under load, and says with a named cause that it has died or that it does not answer any more. A run
/// never waits for a server that is not there, but for one that is on its way out: the load ends at once, and the verdict comes with its
/// last words.
/// </summary>
internal sealed class Watchdog : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly IWatchedServer _server;
    private readonly TimeSpan _patience;
    private readonly TimeSpan _leaving;
    private readonly Action<JsonNode>? _seen;
    private readonly CancellationTokenSource _gone = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _interrupted = new();
    private readonly Task _watching;
    private string? _death;
    private string? _hang;
    private long _peakConnections;

    /// <param name="server">Whom to look after.</param>
    /// <param name="patience">How long the server may not answer before it counts as hung.</param>
    /// <param name="leaving">How long it may take to end once it takes no connections any more.</param>
    /// <param name="seen">Gets each status that the server gives, one at a time.</param>
    public Watchdog(IWatchedServer server, TimeSpan patience, TimeSpan leaving, Action<JsonNode>? seen = null)
    {
        _server = server;
        _patience = patience;
        _leaving = leaving;
        _seen = seen;
        _watching = WatchAsync();
    }

    /// <summary>Cancelled when the server is gone, or as good as gone. Why is known after <see cref="SettleAsync"/>.</summary>
    public CancellationToken Gone => _gone.Token;

    /// <summary>What ended the server.</summary>
    public string? Death => Volatile.Read(ref _death);

    /// <summary>How it was seen that the server hangs.</summary>
    public string? Hang => Volatile.Read(ref _hang);

    /// <summary>The server's own count of its connections, at the most.</summary>
    public long PeakConnections => Volatile.Read(ref _peakConnections);

    /// <summary>
    /// The load is over: asks once more, because a server that spins does so still; and waits until it is known what has become of one that
    /// is gone. Looks no more from then on.
    /// </summary>
    /// <param name="interrupted">Nobody wants to know any more.</param>
    public async Task SettleAsync(CancellationToken interrupted = default)
    {
        await using var interruption = interrupted.Register(_interrupted.Cancel).ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        if (!_gone.IsCancellationRequested)
            await AskAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _interrupted.CancelAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        _stop.Dispose();
        _interrupted.Dispose();
        _gone.Dispose();
    }

    private async Task WatchAsync()
    {
        var death = _server.Death;
        var stopped = Task.Delay(Timeout.Infinite, _stop.Token);
        while (!_stop.IsCancellationRequested && !_gone.IsCancellationRequested)
        {
            var first = await Task.WhenAny(death, stopped, Task.Delay(Interval)).ConfigureAwait(false);
            if (first == stopped)
                return;
            if (first == death)
            {
                await DiedAsync(death).ConfigureAwait(false);
                return;
            }

            await AskAsync().ConfigureAwait(false);
        }
    }

    private async Task AskAsync()
    {
        using var patience = new CancellationTokenSource(_patience);
        var life = _server.Life;
        if (life == 0)
            return;
        try
        {
            var status = await _server.GetAsync("/v1/status", patience.Token).ConfigureAwait(false);
            Volatile.Write(ref _peakConnections, Math.Max(PeakConnections, (long?)status["connections"]?["peak"] ?? 0));
            _seen?.Invoke(status);
        }
        catch (Exception failure) when (Fate.IsSilence(failure))
        {
            if (_server.Life != life)
                return;

            // At once: clients that go on meanwhile fail by the thousand, and all for the same reason.
            await _gone.CancelAsync().ConfigureAwait(false);
            var fate = await Fate.OfAsync(_server, failure, _patience, _leaving, _interrupted.Token).ConfigureAwait(false);
            Volatile.Write(ref _death, fate.Death);
            Volatile.Write(ref _hang, fate.Hang);
        }
    }

    private async Task DiedAsync(Task<string> death)
    {
        Volatile.Write(ref _death, await death.ConfigureAwait(false));
        await _gone.CancelAsync().ConfigureAwait(false);
    }
}
