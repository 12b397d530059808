using System.Collections.Immutable;

namespace Registry.Cli.Once;

/// <summary>What <c>apply --once --output json</c> and <c>register --once --output json</c> write: one document.</summary>
/// <param name="Namespace">Where.</param>
/// <param name="Holder">Who keeps the instances.</param>
/// <param name="DryRun">Nothing was changed: this is what would be.</param>
/// <param name="Complete">All of it was done. False: a failure came in between, which standard error tells.</param>
/// <param name="Revision">The newest revision that was made, or 0.</param>
/// <param name="Added">Instances that were not there.</param>
/// <param name="Changed">Instances that were different, or kept by somebody else.</param>
/// <param name="Removed">Instances that are there no more.</param>
/// <param name="Unchanged">Instances that were as they shall be.</param>
/// <param name="Changes">Each of them, and the builds that were declared.</param>
internal sealed record OnceJson(
    string Namespace,
    string Holder,
    bool DryRun,
    bool Complete,
    long Revision,
    int Added,
    int Changed,
    int Removed,
    int Unchanged,
    ImmutableArray<OnceChangeJson> Changes);

/// <summary>One change.</summary>
/// <param name="Change"><c>added</c>, <c>changed</c> or <c>removed</c>.</param>
/// <param name="Kind"><c>instance</c> or <c>build</c>.</param>
/// <param name="Application">The application.</param>
/// <param name="Id">The instance's id, or the build's.</param>
/// <param name="Build">Of a build: what the manifest calls it.</param>
/// <param name="Fields">Of a changed instance: what differs.</param>
internal sealed record OnceChangeJson(
    string Change, string Kind, string Application, string Id, string? Build = null, ImmutableArray<OnceFieldJson>? Fields = null);

/// <summary>One field of an instance, for readers.</summary>
internal sealed record OnceFieldJson(string Field, string Before, string After);
