using System.Globalization;
using Registry.LoadMeasuring;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Verdicts;

namespace Registry.LoadTests.Running;

/// <summary>What became of one server under one load.</summary>
internal sealed record RowResult
{
    /// <summary>The scenario.</summary>
    public required string Scenario { get; init; }

    /// <summary>The server.</summary>
    public required string Server { get; init; }

    /// <summary>The kind of clients.</summary>
    public required string Clients { get; init; }

    /// <summary>Attempts and failures by kind, exact.</summary>
    public required OutcomeTotals Outcomes { get; init; }

    /// <summary>Of each kind of failure one, in words.</summary>
    public IReadOnlyDictionary<string, string> FailureExamples { get; init; } = new Dictionary<string, string>();

    /// <summary>Of attempts that succeeded.</summary>
    public required LatencyHistogram Latency { get; init; }

    /// <summary>How long the load ran.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Registrations under way at the same time, at the most.</summary>
    public int PeakRegistrations { get; init; }

    /// <summary>Connections by Kestrel's own meter, at the most; 0: the server could not be asked any more.</summary>
    public long PeakConnections { get; init; }

    /// <summary>What ended the server; null: nothing, before it was told to stop.</summary>
    public string? Death { get; init; }

    /// <summary>How it was seen that the server does not answer any more; null: it does.</summary>
    public string? Hang { get; init; }

    /// <summary>Figures of this scenario's own, by their names, for people.</summary>
    public IReadOnlyList<(string Name, string Value)> Figures { get; init; } = [];

    /// <summary>Null: there was no server left to audit.</summary>
    public AuditResult? Audit { get; init; }

    /// <summary>Promises to watchers that were broken, in sentences.</summary>
    public IReadOnlyList<string> BrokenPromises { get; init; } = [];

    /// <summary>Watches whose every message was checked against the promises; 0: none, because outcomes are unknown.</summary>
    public int CheckedWatches { get; init; }

    /// <summary>What was wrong when the server was told to stop; null: nothing.</summary>
    public string? StopProblem { get; init; }

    /// <summary>Attempts that failed by the generator's own want of ports and the like.</summary>
    public long GeneratorFailures => Outcomes.FailedByKind.Where(f => f.Key == nameof(FailureKind.Generator)).Sum(f => f.Value);

    /// <summary>Attempts that failed otherwise.</summary>
    public long Failures => Outcomes.Failed - GeneratorFailures;

    /// <summary>Everything for which the server is to blame, as one answer.</summary>
    public bool IsFlawless =>
        Failures == 0 && Death is null && Hang is null && Audit is { Lost: 0 } && BrokenPromises.Count == 0 && StopProblem is null;

    /// <summary>For a log: the first thing that went wrong.</summary>
    public string FirstFault =>
        Death is { } death ? $"died: {death}"
        : Hang is { } hang ? $"hung: {hang}"
        : Audit is { Lost: > 0 } audit ? $"lost: {audit.Examples[0]}"
        : Failures > 0 ? string.Create(CultureInfo.InvariantCulture, $"failed: {Outcomes.FailedByKind.MaxBy(f => f.Value)}")
        : BrokenPromises is [var broken, ..] ? $"broke a promise: {broken}"
        : StopProblem ?? "none";
}
