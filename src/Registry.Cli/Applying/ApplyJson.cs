namespace Registry.Cli.Applying;

/// <summary>One line of <c>apply --output json</c>.</summary>
/// <param name="Time">When it happened, in UTC.</param>
/// <param name="Event">
/// <c>applied</c> (an application stands in the registry), <c>reapplied</c> (on a new lease, because the server did not know the
/// old one any more), <c>holding</c> (all are applied), <c>lost</c> (instances were taken over or removed by others),
/// <c>deregistered</c>.
/// </param>
/// <param name="Application">Of applied, reapplied and lost: which one.</param>
/// <param name="Applications">Of holding and deregistered: how many.</param>
/// <param name="Instances">How many instances the event is about.</param>
/// <param name="Builds">Of applied and reapplied: how many builds are declared.</param>
/// <param name="Revision">Of applied and reapplied: where they stand.</param>
/// <param name="Cause">Of lost: <c>takenOver</c>, <c>deregistered</c> or <c>unspecified</c>.</param>
internal sealed record ApplyJson(
    string Time,
    string Event,
    string? Application = null,
    int? Applications = null,
    long? Instances = null,
    int? Builds = null,
    long? Revision = null,
    string? Cause = null);
