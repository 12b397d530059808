using System.Collections.Immutable;
using Registry.Cli.Output;

namespace Registry.Cli.Watching;

/// <summary>One line of <c>watch --output json</c>.</summary>
/// <param name="Time">When this client learned of it, in UTC.</param>
/// <param name="Revision">The revision at which the watch stands after it.</param>
/// <param name="Event"><c>present</c> (there when the watch began), <c>added</c>, <c>removed</c>, <c>changed</c>, or <c>status</c>.</param>
/// <param name="Kind"><c>interface</c> or <c>application</c>.</param>
/// <param name="Name">The name that is watched.</param>
/// <param name="Status">Of a status event: <c>available</c>, <c>noInstance</c> or <c>unknown</c>.</param>
/// <param name="Applications">Of a status event: the applications that serve it.</param>
/// <param name="Instance">Of the others: the instance as it is now; of a removed one as it was.</param>
/// <param name="Changes">Of a changed event: the names of the fields of the instance that are different.</param>
internal sealed record WatchJson(
    string Time,
    long Revision,
    string Event,
    string Kind,
    string Name,
    string? Status = null,
    ImmutableArray<string>? Applications = null,
    InstanceJson? Instance = null,
    ImmutableArray<string>? Changes = null);
