namespace Registry.LoadTests.Verdicts;

/// <summary>What a server lacks of what it has acknowledged, or has and should not.</summary>
/// <param name="LostMappings">An interface does not name an application that was registered for it.</param>
/// <param name="LostInstances">An instance that was registered is not there.</param>
/// <param name="LostUpdates">A shared application is older than an acknowledged change of it.</param>
/// <param name="Ghosts">An instance that was removed is there.</param>
/// <param name="LeftBehind">Watches and subscriptions of clients that have left.</param>
/// <param name="Examples">Some of it in words.</param>
internal sealed record AuditResult(int LostMappings, int LostInstances, int LostUpdates, int Ghosts, int LeftBehind, IReadOnlyList<string> Examples)
{
    /// <summary>Everything that should not be.</summary>
    public int Lost => LostMappings + LostInstances + LostUpdates + Ghosts + LeftBehind;

    /// <summary>Nothing was found.</summary>
    public static AuditResult Clean { get; } = new(0, 0, 0, 0, 0, []);

    /// <summary>What two looks found.</summary>
    public static AuditResult operator +(AuditResult one, AuditResult other) => new(
        one.LostMappings + other.LostMappings,
        one.LostInstances + other.LostInstances,
        one.LostUpdates + other.LostUpdates,
        one.Ghosts + other.Ghosts,
        one.LeftBehind + other.LeftBehind,
        [.. one.Examples, .. other.Examples]);

    /// <summary>Updates, or the like, that did not get to where they should.</summary>
    public static AuditResult OfLostUpdates(IReadOnlyCollection<string> wrong) => new(0, 0, wrong.Count, 0, 0, [.. wrong.Take(5)]);

    /// <summary>What is left of clients that have gone.</summary>
    public static AuditResult OfLeftBehind(IReadOnlyCollection<string> left) => new(0, 0, 0, 0, left.Count, [.. left.Take(5)]);
}
