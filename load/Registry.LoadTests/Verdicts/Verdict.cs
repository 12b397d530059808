using System.Globalization;
using Registry.LoadTests.Running;
using Registry.LoadTests.Servers;

namespace Registry.LoadTests.Verdicts;

/// <summary>What the program ends with.</summary>
internal enum ExitCode
{
    /// <summary>The twin failed, the locked twin and the registry did not; or, without a twin, every row was flawless.</summary>
    Proven = 0,

    /// <summary>The registry failed, or the locked twin did.</summary>
    Failed = 1,

    /// <summary>Wrong command line or configuration.</summary>
    Usage = 2,

    /// <summary>The twin did not fail: what was run shows nothing.</summary>
    NotReproduced = 3,

    /// <summary>Nothing failed, and there was less load than a verdict needs.</summary>
    TooLittleLoad = 4,

    /// <summary>The run was interrupted, or the program broke.</summary>
    Broken = 5,
}

/// <summary>How much load a verdict needs: a zero that nobody challenged is none.</summary>
/// <param name="Attempts">Attempts a row.</param>
/// <param name="Registrations">Registrations under way at the same time.</param>
/// <param name="Connections">Connections at the same time, by the server's meter.</param>
internal sealed record Minimum(long Attempts, int Registrations, long Connections)
{
    /// <summary>What a row lacks; null: nothing.</summary>
    public string? Lacks(RowResult row) =>
        row.Outcomes.Begun < Attempts ? string.Create(CultureInfo.InvariantCulture, $"{row.Server}: {row.Outcomes.Begun} attempts of at least {Attempts}")
        : row.PeakRegistrations < Registrations
            ? string.Create(CultureInfo.InvariantCulture, $"{row.Server}: {row.PeakRegistrations} concurrent registrations of at least {Registrations}")
        : row.PeakConnections < Connections
            ? string.Create(CultureInfo.InvariantCulture, $"{row.Server}: {row.PeakConnections} connections at the server of at least {Connections}")
        : null;
}

/// <summary>What rows mean together.</summary>
internal static class Verdict
{
    /// <summary>The exit code, and why, in a sentence.</summary>
    public static (ExitCode Code, string Reason) Of(IReadOnlyList<RowResult> rows, Minimum minimum)
    {
        var twin = rows.Where(r => r.Server == ServerUnderLoad.NameOf(ServerKind.Twin)).ToList();
        var sound = rows.Except(twin).ToList();
        if (sound.Find(r => !r.IsFlawless) is { } wrong)
            return (ExitCode.Failed, $"{wrong.Server} ({wrong.Clients}) {wrong.FirstFault}");

        // A twin that is dead after a second has no thousand connections; it has failed, which is all that is asked of it.
        if (sound.Select(minimum.Lacks).FirstOrDefault(l => l is not null) is { } lacking)
            return (ExitCode.TooLittleLoad, $"too little load for a verdict: {lacking}");
        if (twin.Count == 0)
            return (ExitCode.Proven, "nothing failed, nothing was lost");
        if (sound.Count == 0 && twin.Find(r => !r.IsFlawless) is { } alone)
            return (ExitCode.Failed, $"{alone.Server} ({alone.Clients}) {alone.FirstFault}; nothing else was run");
        if (twin.TrueForAll(r => r.IsFlawless))
            return (ExitCode.NotReproduced, "could not reproduce: the twin did not fail, so that the others did not either shows nothing");
        return (
            ExitCode.Proven,
            $"reproduced and fixed: the unsynchronised twin {twin.First(r => !r.IsFlawless).FirstFault}; with one lock around it, and in the registry, nothing failed and nothing was lost");
    }
}
