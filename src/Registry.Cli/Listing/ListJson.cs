using System.Collections.Immutable;

namespace Registry.Cli.Listing;

/// <summary>What <c>list interfaces --output json</c> writes: one document, sorted by name.</summary>
internal sealed record InterfacesJson(string Namespace, ImmutableArray<InterfaceJson> Interfaces);

/// <summary>One interface.</summary>
internal sealed record InterfaceJson(string Name, uint Applications, long Revision);

/// <summary>What <c>list applications --output json</c> writes: one document, sorted by name.</summary>
internal sealed record ApplicationsJson(string Namespace, ImmutableArray<ApplicationJson> Applications);

/// <summary>One application; <c>instances</c> counts them in all states.</summary>
internal sealed record ApplicationJson(string Name, uint Instances, uint Up, uint Builds, long Revision);
