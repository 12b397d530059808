namespace Registry.Benchmarks.Core;

/// <summary>What a row of the table says of a benchmark, and what it was to reach.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class GoalAttribute(string what) : Attribute
{
    /// <summary>What one operation is.</summary>
    public string What { get; } = what;

    /// <summary>At most so many nanoseconds. 0: no target.</summary>
    public double MaxNanoseconds { get; init; }

    /// <summary>At most so many bytes allocated. Negative: no target.</summary>
    public long MaxBytes { get; init; } = -1;
}
