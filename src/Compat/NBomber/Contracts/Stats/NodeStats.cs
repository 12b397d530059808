namespace NBomber.Contracts.Stats;

/// <summary>The outcome of a test.</summary>
public sealed class NodeStats
{
    /// <summary>One entry per scenario that ran, in the order of registration.</summary>
    public ScenarioStats[] ScenarioStats { get; set; } = [];

    /// <summary>The process and machine that made the load.</summary>
    public NodeInfo NodeInfo { get; set; } = new();

    /// <summary>The test.</summary>
    public TestInfo TestInfo { get; set; } = new();

    /// <summary>The reports that were written; empty without reports.</summary>
    public ReportFile[] ReportFiles { get; set; } = [];

    /// <summary>Iterations of all scenarios: ok plus failed.</summary>
    public int AllRequestCount { get; set; }

    /// <summary>Iterations that ended well.</summary>
    public int AllOkCount { get; set; }

    /// <summary>Iterations that failed.</summary>
    public int AllFailCount { get; set; }

    /// <summary>Bytes that all iterations said they transferred.</summary>
    public long AllBytes { get; set; }

    /// <summary>The longest duration of a scenario.</summary>
    public TimeSpan Duration { get; set; }
}
