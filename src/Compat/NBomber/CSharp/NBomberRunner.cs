using NBomber.Configuration;
using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.Running;

namespace NBomber.CSharp;

/// <summary>
/// Puts a test together and runs it. What the JSON configuration says goes before what the code says, and the command line before both.
/// </summary>
public static class NBomberRunner
{
    /// <summary>Begins with the scenarios, which run at the same time.</summary>
    /// <param name="scenarios">At least one, with different names.</param>
    public static NBomberContext RegisterScenarios(params ScenarioProps[] scenarios)
    {
        ArgumentNullException.ThrowIfNull(scenarios);
        return new NBomberContext([.. scenarios]);
    }

    /// <summary>Runs only these scenarios. Default: all.</summary>
    public static NBomberContext WithTargetScenarios(this NBomberContext context, params string[] scenarioNames)
    {
        ArgumentNullException.ThrowIfNull(scenarioNames);
        return Of(context) with { TargetScenarios = [.. scenarioNames] };
    }

    /// <summary>Names the suite in the reports.</summary>
    public static NBomberContext WithTestSuite(this NBomberContext context, string testSuite) =>
        Of(context) with { TestSuite = testSuite };

    /// <summary>Names the test in the reports.</summary>
    public static NBomberContext WithTestName(this NBomberContext context, string testName) =>
        Of(context) with { TestName = testName };

    /// <summary>Names the report files, without folder and extension. Default: <c>nbomber_report_</c> and the time.</summary>
    public static NBomberContext WithReportFileName(this NBomberContext context, string reportFileName) =>
        Of(context) with { ReportFileName = reportFileName };

    /// <summary>Sets where reports go; made when missing. Default: <c>reports/</c> and the session.</summary>
    public static NBomberContext WithReportFolder(this NBomberContext context, string reportFolderPath) =>
        Of(context) with { ReportFolder = reportFolderPath };

    /// <summary>Sets which reports are written. Default: all formats.</summary>
    public static NBomberContext WithReportFormats(this NBomberContext context, params ReportFormat[] reportFormats)
    {
        ArgumentNullException.ThrowIfNull(reportFormats);
        return Of(context) with { ReportFormats = [.. reportFormats.Distinct()] };
    }

    /// <summary>Writes no files.</summary>
    public static NBomberContext WithoutReports(this NBomberContext context) => Of(context) with { ReportFormats = [] };

    /// <summary>Sets how often a line of progress is written where the terminal cannot be redrawn. At least, and by default, 5 s.</summary>
    public static NBomberContext WithReportingInterval(this NBomberContext context, TimeSpan interval) =>
        Of(context) with { ReportingInterval = interval };

    /// <summary>
    /// Sets how long iterations may take to end after the load has. Those that take longer are counted as failed with -100 and left
    /// alone. Default: 1 minute; zero waits for none.
    /// </summary>
    public static NBomberContext WithScenarioCompletionTimeout(this NBomberContext context, TimeSpan timeout) =>
        Of(context) with { ScenarioCompletionTimeout = timeout };

    /// <summary>Sets whether progress is shown in the terminal. Default: true.</summary>
    public static NBomberContext DisplayConsoleMetrics(this NBomberContext context, bool enable) =>
        Of(context) with { DisplayConsoleMetrics = enable };

    /// <summary>Takes settings from a JSON file, which is read when the test runs.</summary>
    /// <param name="context">The test.</param>
    /// <param name="path">The file.</param>
    public static NBomberContext LoadConfig(this NBomberContext context, string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return Of(context) with { ConfigPath = path };
    }

    /// <summary>Runs the test, and returns when it is over and its reports are written.</summary>
    /// <remarks>
    /// Ctrl-C and SIGTERM end the load early: running iterations end, reports are written and say that the test was interrupted. A
    /// second Ctrl-C no longer waits for iterations.
    /// </remarks>
    /// <exception cref="InvalidOperationException">
    /// The test is not well put together (the message has all that is wrong), or an init function threw.
    /// </exception>
    public static NodeStats Run(this NBomberContext context) => Run(context, []);

    /// <summary>Runs the test with options from the command line.</summary>
    /// <param name="context">The test.</param>
    /// <param name="args">
    /// <c>--config</c> or <c>-c</c> FILE, <c>--target</c> or <c>-t</c> SCENARIO..., <c>--test-suite</c> NAME, <c>--test-name</c> NAME,
    /// <c>--session-id</c> ID,
    /// <c>--display-console-metrics</c> true|false. Others are refused.
    /// </param>
    /// <exception cref="InvalidOperationException">As without arguments.</exception>
    public static NodeStats Run(this NBomberContext context, params string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        return ConsoleRun.Run(SessionSettings.From(Of(context), CommandLine.Parse(args)));
    }

    private static NBomberContext Of(NBomberContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context;
    }
}
