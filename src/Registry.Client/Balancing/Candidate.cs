using Registry.Client.Resolving;

namespace Registry.Client.Balancing;

/// <summary>One place that a call could go to.</summary>
/// <param name="Target">What a pick returns.</param>
/// <param name="Status">Where the instance stands.</param>
/// <param name="Zone">Where it runs; empty: nowhere in particular.</param>
/// <param name="Weight">Its share relative to its siblings.</param>
/// <param name="Calls">Its open calls.</param>
internal readonly record struct Candidate<TTarget>(TTarget Target, InstanceStatus Status, string Zone, int Weight, OpenCalls Calls);
