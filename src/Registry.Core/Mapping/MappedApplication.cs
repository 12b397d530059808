using System.Collections.Immutable;

namespace Registry.Core.Mapping;

/// <summary>An application that serves an interface, and with which of its builds. Immutable.</summary>
/// <param name="Application">The application's name, in the interface's namespace.</param>
/// <param name="Builds">
/// Ids of the builds that serve the interface, in ordinal order, at least one. The join: of the application's instances, those
/// whose build is listed here serve the interface.
/// </param>
public sealed record MappedApplication(string Application, ImmutableArray<string> Builds);
