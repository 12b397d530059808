namespace Registry.Client.Retrying;

/// <summary>
/// Waiting times between attempts: each is drawn between the shortest wait and three times the one before, up to the
/// longest. Clients that lost their server together so spread out instead of coming back together. Not safe for concurrent use.
/// </summary>
internal sealed class DecorrelatedBackoff(TimeSpan shortest, TimeSpan longest, Random random)
{
    private const double Growth = 3;

    // Zero: nothing has failed since the last success.
    private TimeSpan _last;

    /// <summary>How long to wait before the next attempt.</summary>
    public TimeSpan Next()
    {
        var ceiling = (_last > shortest ? _last : shortest) * Growth;
        var drawn = shortest + ((ceiling - shortest) * random.NextDouble());
        // Whole milliseconds: what a timer counts in, so that what is announced is what is waited.
        _last = TimeSpan.FromMilliseconds(Math.Floor(Math.Min(drawn.TotalMilliseconds, longest.TotalMilliseconds)));
        return _last;
    }

    /// <summary>The same for a server that asks for a wait: at least that long, up to the longest.</summary>
    public TimeSpan Next(TimeSpan? asked)
    {
        var drawn = Next();
        return asked is not { } wanted || wanted <= drawn ? drawn : wanted < longest ? wanted : longest;
    }

    /// <summary>An attempt has succeeded: the next failure starts from the shortest wait.</summary>
    public void Reset() => _last = TimeSpan.Zero;
}
