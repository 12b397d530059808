using System.Collections.Immutable;
using Registry.Core.Instances;
using Registry.Core.Mapping;

namespace Registry.Core.Watching;

/// <summary>Several topics as they stand at one revision. Immutable.</summary>
/// <param name="Revision">The revision.</param>
/// <param name="Mappings">The interfaces that were asked for, in that order.</param>
/// <param name="Applications">The applications that were asked for and those that the mappings name, each once.</param>
public sealed record TopicsAtRevision(
    long Revision, ImmutableArray<MappingSnapshot> Mappings, ImmutableArray<ApplicationSnapshot> Applications);
