namespace Registry.LoadTests.Leases;

/// <summary>One acknowledged change of an application that many share: what it did, not what stands afterwards, which nobody of them knows.</summary>
/// <param name="Revision">The server's.</param>
/// <param name="Asked">When it was asked for: the server had not made it before. In milliseconds of the recorder's clock.</param>
/// <param name="Namespace">The application's namespace.</param>
/// <param name="Application">The application.</param>
internal sealed record LeasedChange(long Revision, long Asked, string Namespace, string Application)
{
    /// <summary>Instances as they are from then on, by their ids.</summary>
    public IReadOnlyDictionary<string, string> Upserts { get; init; } = new Dictionary<string, string>();

    /// <summary>The lease that keeps the upserts; null: they were there before and stay on theirs.</summary>
    public KnownLease? Lease { get; init; }

    /// <summary>Instances that are gone.</summary>
    public IReadOnlyCollection<string> Removals { get; init; } = [];

    /// <summary>The build that was declared with it; null: none was.</summary>
    public string? Build { get; init; }

    /// <summary>What the build serves.</summary>
    public IReadOnlyCollection<string> Interfaces { get; init; } = [];
}
