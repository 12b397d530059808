using Registry.Core;

namespace Registry.TestKit.Audits;

/// <summary>What the watching holds for those who watch. Taken while the pump stands still.</summary>
/// <param name="Streams">Streams that are open.</param>
/// <param name="Subscriptions">Subscriptions on them.</param>
/// <param name="Followed">Topics that somebody follows.</param>
/// <param name="Kept">Topics that nobody follows any more and that are kept for those who come back.</param>
/// <param name="Names">Entries of the two tables.</param>
public sealed record WatchCensus(long Streams, long Subscriptions, int Followed, int Kept, int Names)
{
    public static WatchCensus Of(ServiceRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        return new WatchCensus(
            registry.WatchCounters.Streams,
            registry.WatchCounters.Subscriptions,
            registry.Pump.FeedCount,
            registry.Pump.IdleFeedCount,
            registry.Applications.CountEntries() + registry.Interfaces.CountEntries());
    }

    /// <summary>Nothing is left to do for the pump of a registry whose clock stands still, so that a census may be taken.</summary>
    public static bool IsQuiet(ServiceRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        return registry.Pump.IsIdle;
    }
}
