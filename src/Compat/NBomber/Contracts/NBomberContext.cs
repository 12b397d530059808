using NBomber.Contracts.Stats;

namespace NBomber.Contracts;

/// <summary>A test that is being put together. Made by <see cref="CSharp.NBomberRunner"/>. Immutable: every change is a new one.</summary>
public sealed record NBomberContext
{
    internal NBomberContext(IReadOnlyList<ScenarioProps> scenarios) => Scenarios = scenarios;

    internal IReadOnlyList<ScenarioProps> Scenarios { get; }

    internal string TestSuite { get; init; } = "nbomber_default_test_suite_name";

    internal string TestName { get; init; } = "nbomber_default_test_name";

    // Null: all of them.
    internal IReadOnlyList<string>? TargetScenarios { get; init; }

    // Null: reports/<session>.
    internal string? ReportFolder { get; init; }

    // Null: nbomber_report_<when>.
    internal string? ReportFileName { get; init; }

    internal IReadOnlyList<ReportFormat> ReportFormats { get; init; } =
        [ReportFormat.Txt, ReportFormat.Html, ReportFormat.Csv, ReportFormat.Md];

    internal TimeSpan ReportingInterval { get; init; } = TimeSpan.FromSeconds(5);

    internal TimeSpan ScenarioCompletionTimeout { get; init; } = TimeSpan.FromMinutes(1);

    internal bool DisplayConsoleMetrics { get; init; } = true;

    internal string? ConfigPath { get; init; }
}
