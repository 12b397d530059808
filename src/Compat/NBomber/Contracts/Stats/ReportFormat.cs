namespace NBomber.Contracts.Stats;

/// <summary>The kinds of reports.</summary>
public enum ReportFormat
{
    /// <summary>Plain text.</summary>
    Txt = 0,

    /// <summary>One page with charts that needs nothing else.</summary>
    Html = 1,

    /// <summary>A table for other programs.</summary>
    Csv = 2,

    /// <summary>Markdown.</summary>
    Md = 3,
}
