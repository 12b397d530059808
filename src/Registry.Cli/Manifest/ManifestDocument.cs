using System.Collections.Immutable;

namespace Registry.Cli.Manifest;

/// <summary>A whole manifest.</summary>
/// <param name="Holder">Who keeps its instances when they are registered without a lease; null: it does not say.</param>
/// <param name="Applications">Its applications, in its order.</param>
internal sealed record ManifestDocument(string? Holder, ImmutableArray<ApplicationManifest> Applications);
