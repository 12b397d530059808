using NBomber.Configuration;
using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.CSharp;
using NBomber.Scheduling;
using Xunit;

namespace NBomber.Tests.StandIn.Configuration;

public sealed class ConfigFileTests
{
    private const string Everything = """
        {
          // What the pipeline wants.
          "TestSuite": "suite", "TestName": "name", "TargetScenarios": ["a"], "ScenarioCompletionTimeout": "00:00:07",
          "GlobalSettings": {
            "ScenariosSettings": [{
              "ScenarioName": "a", "WarmUpDuration": "00:00:02", "MaxFailCount": 9,
              "CustomSettings": { "Server": { "Address": "localhost:1" }, "Clients": 1000 },
              "LoadSimulationsSettings": [
                { "RampingConstant": [5, "00:00:03"] }, { "KeepConstant": [6, "00:01:00"] },
                { "Pause": "00:00:04" }, { "Pause": ["00:00:05"] }
              ]
            }],
            "ReportFileName": "file", "ReportFolder": "folder", "ReportFormats": ["Html", "Csv"], "ReportingInterval": "00:00:10",
            "DisplayConsoleMetrics": false,
          }
        }
        """;

    [Fact]
    public void WhatTheFileSays_GoesBeforeWhatTheCodeSays()
    {
        using var file = new TemporaryFile(Everything);
        var settings = SessionSettings.From(
            NBomberRunner.RegisterScenarios(Idle("a").WithoutWarmUp().WithMaxFailCount(1), Idle("b"))
                .WithTestSuite("code").WithTestName("code")
                .WithReportFolder("code").WithReportFileName("code").WithReportFormats(ReportFormat.Txt).LoadConfig(file.Path),
            CommandLine.Parse([]));
        var scenario = Assert.Single(settings.Scenarios);
        Assert.Equal(("suite", "name"), (settings.TestSuite, settings.TestName));
        Assert.Equal(("folder", "file"), (settings.ReportFolder, settings.ReportFileName));
        Assert.Equal([ReportFormat.Html, ReportFormat.Csv], settings.ReportFormats);
        Assert.Equal((TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(10)), (settings.CompletionTimeout, settings.ReportingInterval));
        Assert.False(settings.DisplayConsoleMetrics);
        Assert.Equal(("a", 9), (scenario.Scenario.ScenarioName, scenario.MaxFailCount));
        Assert.Equal(TimeSpan.FromSeconds(2), scenario.WarmUpPlan!.Duration);
        Assert.Equal(TimeSpan.FromSeconds(72), scenario.Plan.Duration);
        Assert.Equal(("localhost:1", "1000"), (scenario.CustomSettings["Server:Address"], scenario.CustomSettings["Clients"]));
    }

    [Fact]
    public void WhatTheCommandLineSays_GoesBeforeBoth()
    {
        using var file = new TemporaryFile(Everything);
        var settings = SessionSettings.From(
            NBomberRunner.RegisterScenarios(Idle("a"), Idle("b"), Idle("c")).WithTargetScenarios("c"),
            CommandLine.Parse(
                ["-c", file.Path, "--target", "a", "b", "--test-name=mine", "--session-id", "42", "--display-console-metrics", "true"]));
        Assert.Equal(["a", "b"], settings.Scenarios.Select(scenario => scenario.Scenario.ScenarioName));
        Assert.Equal(("mine", "suite"), (settings.TestName, settings.TestSuite));
        Assert.Equal(("42", true), (settings.SessionId, settings.DisplayConsoleMetrics));
    }

    [Fact]
    public void WithoutAnyOfThem_TheDefaultsHold()
    {
        var settings = SessionSettings.From(NBomberRunner.RegisterScenarios(Idle("a")), CommandLine.Parse([]));
        var scenario = Assert.Single(settings.Scenarios);
        Assert.Equal(("nbomber_default_test_suite_name", "nbomber_default_test_name"), (settings.TestSuite, settings.TestName));
        Assert.Equal(4, settings.ReportFormats.Count);
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1)), (settings.ReportingInterval, settings.CompletionTimeout));
        Assert.Equal((5000, TimeSpan.FromSeconds(30)), (scenario.MaxFailCount, scenario.WarmUpPlan!.Duration));
        Assert.Equal(TimeSpan.FromMinutes(1), scenario.Plan.Duration);
        Assert.StartsWith("reports" + Path.DirectorySeparatorChar, settings.ReportFolder, StringComparison.Ordinal);
        Assert.StartsWith("nbomber_report_", settings.ReportFileName, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "TestSiute": "x" }""", "TestSiute is not known")]
    [InlineData("""{ "GlobalSettings": { "ThresholdSettings": [], "Foo": 1 } }""",
        "GlobalSettings.Foo, GlobalSettings.ThresholdSettings are not known")]
    [InlineData("""{ "GlobalSettings": { "ScenariosSettings": [{ "ScenarioName": "a", "Warmup": 1 }] } }""",
        "GlobalSettings.ScenariosSettings[0].Warmup is not known")]
    [InlineData("""{ "GlobalSettings": { "ScenariosSettings": [{ }] } }""", "GlobalSettings.ScenariosSettings[0] lacks ScenarioName")]
    [InlineData("""{ "GlobalSettings": { "ReportingInterval": "ten" } }""", "GlobalSettings.ReportingInterval is no duration")]
    [InlineData("""{ "GlobalSettings": { "ReportFormats": ["Pdf"] } }""", "GlobalSettings.ReportFormats[0] is none of Txt, Html, Csv, Md")]
    [InlineData("""{ "TestName": 5 }""", "TestName is no text")]
    [InlineData("""{ "TestName": "a", "TestName": "b" }""", "TestName is there twice")]
    [InlineData("[]", "The file is no object")]
    [InlineData("{", "The configuration file is no JSON")]
    public void WhatIsNotUnderstood_IsRefusedByName(string json, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidOperationException>(() => ConfigFile.Parse(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "KeepConstant": [1] }""", "KeepConstant takes [copies, during]")]
    [InlineData("""{ "KeepConstant": ["1", "00:00:10"] }""", "KeepConstant[0] is no whole number")]
    [InlineData("""{ "IterationsForConstant": [1, 2] }""", "IterationsForConstant is no simulation that is known")]
    [InlineData("""{ "Pause": "00:00:01", "Inject": [] }""", "[0] is no object with one simulation")]
    public void SimulationsThatAreNotUnderstood_AreRefusedByName(string simulation, string message)
    {
        var scenario = $$"""{ "ScenarioName": "a", "LoadSimulationsSettings": [{{simulation}}] }""";
        var json = $$"""{ "GlobalSettings": { "ScenariosSettings": [{{scenario}}] } }""";
        Assert.Contains(message, Assert.Throws<InvalidOperationException>(() => ConfigFile.Parse(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EverySimulation_HasItsFormInJson()
    {
        var json = """
            { "GlobalSettings": { "ScenariosSettings": [{ "ScenarioName": "a", "LoadSimulationsSettings": [
              { "RampingConstant": [1, "00:00:02"] }, { "KeepConstant": [3, "00:00:04"] },
              { "RampingInject": [5, "00:00:01", "00:00:06"] }, { "Inject": [7, "00:00:00.5000000", "00:00:08"] },
              { "InjectRandom": [9, 10, "00:00:01", "00:00:11"] }, { "Pause": ["00:00:12"] } ] }] } }
            """;
        static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
        Assert.Equal<LoadSimulation>(
            [
                new ClosedLoad(1, S(2), true), new ClosedLoad(3, S(4), false), new OpenLoad(5, 5, S(1), S(6), OpenShape.Ramp),
                new OpenLoad(7, 7, S(0.5), S(8), OpenShape.Constant), new OpenLoad(9, 10, S(1), S(11), OpenShape.Random),
                new PauseLoad(S(12)),
            ],
            ConfigFile.Parse(json).Scenarios["a"].LoadSimulations!);
    }

    [Fact]
    public void AFileThatIsNotThere_IsNamed() => Assert.Contains(
        "'no-such-file.json' cannot be read",
        Assert.Throws<InvalidOperationException>(
            () => NBomberRunner.RegisterScenarios(Idle("a")).LoadConfig("no-such-file.json").Run()).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("Option '--cluster' is not known", "--cluster", "x")]
    [InlineData("Option '--config' lacks its value", "--config")]
    [InlineData("Option '--display-console-metrics' is true or false", "--display-console-metrics", "maybe")]
    public void OptionsThatAreNotUnderstood_AreRefusedByName(string message, params string[] args) => Assert.Contains(
        message, Assert.Throws<InvalidOperationException>(() => CommandLine.Parse(args)).Message, StringComparison.Ordinal);

    private static ScenarioProps Idle(string name) => Scenario.Create(name, _ => Task.FromResult<IResponse>(Response.Ok()));

    private sealed class TemporaryFile : IDisposable
    {
        public TemporaryFile(string content) => File.WriteAllText(Path, content);

        public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"{Guid.NewGuid():N}.json");

        public void Dispose() => File.Delete(Path);
    }
}
