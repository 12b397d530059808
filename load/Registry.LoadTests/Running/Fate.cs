using System.Globalization;
using System.Net.Sockets;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Lean;
using Registry.LoadTests.Servers;

namespace Registry.LoadTests.Running;

/// <summary>What has become of a server that was silent: it died, or it is there and does not answer as it should.</summary>
/// <param name="Death">What ended it; null: it has not ended.</param>
/// <param name="Hang">What was seen of it; null: it is dead.</param>
internal sealed record Fate(string? Death, string? Hang)
{
    private const string Path = "/v1/status";

    /// <summary>Something went wrong, and it may be that there is no server any more, which says more.</summary>
    /// <param name="server">The server.</param>
    /// <param name="what">What went wrong.</param>
    /// <param name="patience">How long it may be silent.</param>
    /// <param name="leaving">How long it may take to end once it takes no connections any more.</param>
    /// <param name="interrupted">Waits no longer; what is said then is what was seen so far.</param>
    public static async Task<Fate> FindAsync(
        IWatchedServer server, string what, TimeSpan patience, TimeSpan leaving, CancellationToken interrupted)
    {
        using var silent = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        silent.CancelAfter(patience);
        try
        {
            await server.GetAsync(Path, silent.Token).ConfigureAwait(false);
            return new Fate(null, what);
        }
        catch (Exception failure) when (IsSilence(failure))
        {
            var fate = await OfAsync(server, failure, patience, leaving, interrupted).ConfigureAwait(false);
            return fate.Hang is { } hang ? new Fate(null, $"{what}; {hang}") : fate;
        }
    }

    /// <summary>Its status was asked for, and did not come.</summary>
    /// <remarks>
    /// A server that was told to stop, or whose registry broke, lets its streams end and its connections go before it exits, which may
    /// take its whole shutdown timeout; from early on in that time it takes no connections. Who calls it hung then has not waited for its
    /// last words.
    /// </remarks>
    public static async Task<Fate> OfAsync(
        IWatchedServer server, Exception failure, TimeSpan patience, TimeSpan leaving, CancellationToken interrupted)
    {
        if (failure is OperationCanceledException)
            return new Fate(null, Say($"no answer to GET {Path} in {patience.TotalSeconds} s"));
        var seen = $"GET {Path}: {failure.Message}";
        if (!server.IsOurs)
            return new Fate(null, seen);
        var isLeaving = IsLeaving(failure);
        var death = server.Death;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        var time = Task.Delay(isLeaving ? leaving : patience, over.Token);
        var isDead = await Task.WhenAny(death, time).ConfigureAwait(false) == death;
        await over.CancelAsync().ConfigureAwait(false);
        return isDead ? new Fate(await death.ConfigureAwait(false), null)
            : isLeaving ? new Fate(null, Say($"is going away, and has not ended in {leaving.TotalSeconds} s: {seen}"))
            : new Fate(null, seen);
    }

    /// <summary>What a server may do that is asked for its status and is not well.</summary>
    public static bool IsSilence(Exception failure) =>
        failure is HttpRequestException or OperationCanceledException or System.Text.Json.JsonException or InvalidOperationException;

    // No answer at all, and not because this side had no port left to ask from.
    private static bool IsLeaving(Exception failure) => failure is HttpRequestException { StatusCode: null }
        && !(failure.InnerException is SocketException socket && SourceAddresses.Explain(socket).Kind == FailureKind.Generator);

    private static string Say(FormattableString sentence) => sentence.ToString(CultureInfo.InvariantCulture);
}
