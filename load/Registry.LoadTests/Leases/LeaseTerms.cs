namespace Registry.LoadTests.Leases;

/// <summary>What is known of the server's options that say when it does something by itself.</summary>
/// <param name="Grace">How long an instance may stay after its lease has run out: the protection, and what a busy machine needs.</param>
/// <param name="BuildRetention">How long a build stays mapped at the least when nobody runs it; zero: not known.</param>
internal sealed record LeaseTerms(TimeSpan Grace, TimeSpan BuildRetention);
