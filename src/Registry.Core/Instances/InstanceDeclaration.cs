using System.Collections.Immutable;

namespace Registry.Core.Instances;

/// <summary>An instance as its owner declares it, with the defaults filled in. Immutable.</summary>
public sealed record InstanceDeclaration
{
    /// <summary>The weight of an instance that declares none.</summary>
    public const int DefaultWeight = 100;

    /// <summary>The largest weight.</summary>
    public const int MaxWeight = 10_000;

    /// <summary>Names the instance within its application.</summary>
    public required string Id { get; init; }

    /// <summary>1 to 16 addresses.</summary>
    public required ImmutableArray<EndpointAddress> Endpoints { get; init; }

    /// <summary>Where it runs; empty: nowhere in particular.</summary>
    public string Zone { get; init; } = "";

    /// <summary>Its share of the calls relative to its siblings, 0 to <see cref="MaxWeight"/>. 0: none while others have more.</summary>
    public int Weight { get; init; } = DefaultWeight;

    /// <summary>At most 64 pairs, sorted by key, keys all different. Use <see cref="SortMetadata"/>.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Metadata { get; init; } = [];

    /// <summary>What the owner declares of its state.</summary>
    public DeclaredState State { get; init; } = DeclaredState.Up;

    /// <summary>The build that it runs; empty: it serves no interface.</summary>
    public string BuildId { get; init; } = "";

    /// <summary>Metadata in the order in which instances keep it.</summary>
    public static ImmutableArray<KeyValuePair<string, string>> SortMetadata(IEnumerable<KeyValuePair<string, string>> pairs) =>
        [.. pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal)];

    /// <summary>Same content.</summary>
    public bool Equals(InstanceDeclaration? other) =>
        other is not null && Id == other.Id && Zone == other.Zone && Weight == other.Weight && State == other.State && BuildId == other.BuildId
        && Endpoints.AsSpan().SequenceEqual(other.Endpoints.AsSpan())
        && Metadata.AsSpan().SequenceEqual(other.Metadata.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Zone, Weight, State, BuildId);
}
