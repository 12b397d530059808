namespace Registry.Benchmarks.Core.Measurements;

/// <summary>A row of the table that no benchmark made.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Figure">The figure with its unit.</param>
/// <param name="Target">What it was to reach; empty: nothing.</param>
/// <param name="IsMet">Null: there is no target.</param>
internal sealed record Measured(string What, string Figure, string Target, bool? IsMet);
