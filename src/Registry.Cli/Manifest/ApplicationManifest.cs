using System.Collections.Immutable;
using Registry.Protocol.V1;

namespace Registry.Cli.Manifest;

/// <summary>One application as a manifest describes it, in the terms of the protocol.</summary>
/// <param name="Name">The application.</param>
/// <param name="LeaseTtl">Zero: the server's default.</param>
/// <param name="BuildNames">What the manifest calls the builds, in their order.</param>
/// <param name="Builds">The builds, with their ids.</param>
/// <param name="Instances">The instances, with the ids of their builds, in the order of the manifest.</param>
internal sealed record ApplicationManifest(
    string Name,
    TimeSpan LeaseTtl,
    ImmutableArray<string> BuildNames,
    ImmutableArray<Build> Builds,
    ImmutableArray<InstanceSpec> Instances);
