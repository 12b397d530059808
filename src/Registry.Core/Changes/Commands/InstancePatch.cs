using System.Collections.Immutable;
using Registry.Core.Instances;

namespace Registry.Core.Changes.Commands;

/// <summary>What to change of an instance; what is null stays as it is. Immutable.</summary>
public sealed class InstancePatch
{
    /// <summary>The instance that is meant.</summary>
    public required InstanceRef Instance { get; init; }

    /// <summary>The declared state.</summary>
    public DeclaredState? State { get; init; }

    /// <summary>The weight.</summary>
    public int? Weight { get; init; }

    /// <summary>The zone; empty: nowhere in particular.</summary>
    public string? Zone { get; init; }

    /// <summary>The build; empty: serves no interface from now on.</summary>
    public string? BuildId { get; init; }

    /// <summary>All endpoints; empty: they stay.</summary>
    public ImmutableArray<EndpointAddress> Endpoints { get; init; } = [];

    /// <summary>Keys to add or replace.</summary>
    public ImmutableArray<KeyValuePair<string, string>> SetMetadata { get; init; } = [];

    /// <summary>Keys to remove, before others are set.</summary>
    public ImmutableArray<string> RemoveMetadata { get; init; } = [];

    internal RegistryError? Validate()
    {
        if (Instance.Validate() is { } badRef)
            return badRef;
        // More than an instance can have are of no use, and each is compared with what the instance has, under the application's lock.
        if (RemoveMetadata.Length > InstanceRules.MaxMetadata)
            return RegistryError.Invalid("remove_metadata", $"has {RemoveMetadata.Length} keys; at most {InstanceRules.MaxMetadata} are allowed");
        foreach (var key in RemoveMetadata)
        {
            if (InstanceRules.CheckMetadataKey("remove_metadata", key) is { } badKey)
                return badKey;
        }

        return (Weight is { } weight ? InstanceRules.CheckWeight("weight", weight) : null)
            ?? (Zone is { } zone ? InstanceRules.CheckZone("zone", zone) : null)
            ?? (BuildId is { } build ? InstanceRules.CheckBuildId("build_id", build) : null)
            ?? InstanceRules.CheckEndpoints("endpoints", Endpoints, min: 0)
            ?? InstanceRules.CheckMetadata("set_metadata", SetMetadata.AsSpan());
    }

    internal InstanceDeclaration ApplyTo(InstanceDeclaration declaration)
    {
        var metadata = declaration.Metadata;
        if (!SetMetadata.IsEmpty || !RemoveMetadata.IsEmpty)
        {
            var pairs = metadata.Where(pair => !RemoveMetadata.Contains(pair.Key)).ToDictionary(StringComparer.Ordinal);
            foreach (var (key, value) in SetMetadata)
                pairs[key] = value;
            metadata = InstanceDeclaration.SortMetadata(pairs);
        }

        return declaration with
        {
            State = State ?? declaration.State,
            Weight = Weight ?? declaration.Weight,
            Zone = Zone ?? declaration.Zone,
            BuildId = BuildId ?? declaration.BuildId,
            Endpoints = Endpoints.IsEmpty ? declaration.Endpoints : Endpoints,
            Metadata = metadata,
        };
    }
}
