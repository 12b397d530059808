namespace Registry.Cli.ServerStatus;

/// <summary>What <c>status --output json</c> writes: one document.</summary>
/// <param name="Server">The address that answered.</param>
/// <param name="Version">The server's version.</param>
/// <param name="UptimeMillis">How long it has run.</param>
/// <param name="Epoch">The history that the revision belongs to.</param>
/// <param name="Revision">The newest revision.</param>
/// <param name="Applications">In all namespaces.</param>
/// <param name="Interfaces">In all namespaces.</param>
/// <param name="Instances">By state.</param>
/// <param name="Leases">Leases that live.</param>
/// <param name="Watches">By state.</param>
/// <param name="Connections">Open now, of all ports.</param>
/// <param name="ConnectionsPeak">The most at a time.</param>
internal sealed record StatusJson(
    string Server,
    string Version,
    long UptimeMillis,
    string Epoch,
    long Revision,
    uint Applications,
    uint Interfaces,
    InstanceCountsJson Instances,
    uint Leases,
    WatchCountsJson Watches,
    uint Connections,
    uint ConnectionsPeak);

/// <summary>Instances; <c>withoutLease</c> are among the total.</summary>
internal sealed record InstanceCountsJson(uint Total, uint Up, uint Draining, uint Suspect, uint Down, uint WithoutLease);

/// <summary>Watch streams and their subscriptions.</summary>
internal sealed record WatchCountsJson(uint Streams, uint Subscriptions, uint KeepingUp, uint CatchingUp, uint Stalled);
