using System.Collections.Immutable;
using Registry.Cli.Watching;
using Registry.Protocol.V1;

namespace Registry.Cli.Once;

/// <summary>What a difference does to an instance.</summary>
internal enum ChangeKind
{
    Added,
    Changed,
    Removed,
}

/// <summary>One instance that is not as it is wished to be.</summary>
/// <param name="Kind">What is to be done about it.</param>
/// <param name="Wanted">The instance as it shall be; of a removed one as it was.</param>
/// <param name="Fields">Of a changed one: what differs.</param>
internal sealed record InstanceWish(ChangeKind Kind, Instance Wanted, ImmutableArray<InstanceDifference> Fields);

/// <summary>What has to be done to one application.</summary>
/// <param name="Application">Its name.</param>
/// <param name="Builds">Builds that it has not declared, and what the manifest calls them.</param>
/// <param name="Instances">In the order of the manifest, and after them what is to be removed, by id.</param>
/// <param name="Unchanged">How many instances are as they shall be.</param>
internal sealed record ApplicationWish(
    string Application, ImmutableArray<(string Name, Build Build)> Builds, ImmutableArray<InstanceWish> Instances, int Unchanged)
{
    public bool IsEmpty => Builds.IsEmpty && Instances.IsEmpty;
}
