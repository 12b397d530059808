namespace NBomber.Contracts.Stats;

/// <summary>About a test.</summary>
public sealed class TestInfo
{
    /// <summary>Identifies the run.</summary>
    public string SessionId { get; set; } = "";

    /// <summary>The suite.</summary>
    public string TestSuite { get; set; } = "";

    /// <summary>The name.</summary>
    public string TestName { get; set; } = "";

    /// <summary>Always empty: this runner has no clusters.</summary>
    public string ClusterId { get; set; } = "";

    /// <summary>When it began, in UTC.</summary>
    public DateTime Created { get; set; }
}
