namespace NBomber.Contracts.Stats;

/// <summary>A report that was written.</summary>
public sealed class ReportFile
{
    /// <summary>Where it is.</summary>
    public string FilePath { get; set; } = "";

    /// <summary>What it is.</summary>
    public ReportFormat ReportFormat { get; set; }

    /// <summary>What is in it.</summary>
    public string ReportContent { get; set; } = "";
}
