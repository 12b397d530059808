using System.Text.Json.Nodes;
using Registry.LoadTests.Servers;

namespace Registry.LoadTests.Running;

/// <summary>
/// Looks after a server while it is under load, and says with a named cause that it has died or that it does not answer any more. A run
/// never waits for a server that is not there.
/// </summary>
internal sealed class Watchdog : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly ServerUnderLoad _server;
    private readonly TimeSpan _patience;
    private readonly Action<JsonNode>? _seen;
    private readonly CancellationTokenSource _gone = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;
    private string? _death;
    private string? _hang;
    private long _peakConnections;

    /// <param name="server">Whom to look after.</param>
    /// <param name="patience">How long the server may not answer before it counts as hung.</param>
    /// <param name="seen">Gets each status that the server gives.</param>
    public Watchdog(ServerUnderLoad server, TimeSpan patience, Action<JsonNode>? seen = null)
    {
        _server = server;
        _patience = patience;
        _seen = seen;
        _watching = WatchAsync();
    }

    /// <summary>Cancelled when the server is gone.</summary>
    public CancellationToken Gone => _gone.Token;

    /// <summary>What ended the server.</summary>
    public string? Death => Volatile.Read(ref _death);

    /// <summary>How it was seen that the server hangs.</summary>
    public string? Hang => Volatile.Read(ref _hang);

    /// <summary>The server's own count of its connections, at the most.</summary>
    public long PeakConnections => Volatile.Read(ref _peakConnections);

    /// <summary>Asks once more, now that the load is over: a server that spins does so still.</summary>
    public async Task LookAsync()
    {
        if (!_gone.IsCancellationRequested)
            await AskAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        _stop.Dispose();
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
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            Volatile.Write(ref _hang, $"no answer to GET /v1/status in {_patience.TotalSeconds} s");
            await _gone.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is HttpRequestException or System.Text.Json.JsonException or InvalidOperationException)
        {
            if (_server.Life != life)
                return;

            // It may be on its way out; then its death says more.
            var death = _server.Death;
            if (await Task.WhenAny(death, Task.Delay(_patience)).ConfigureAwait(false) == death)
            {
                await DiedAsync(death).ConfigureAwait(false);
                return;
            }

            Volatile.Write(ref _hang, $"GET /v1/status: {failure.Message}");
            await _gone.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task DiedAsync(Task<string> death)
    {
        Volatile.Write(ref _death, await death.ConfigureAwait(false));
        await _gone.CancelAsync().ConfigureAwait(false);
    }
}
