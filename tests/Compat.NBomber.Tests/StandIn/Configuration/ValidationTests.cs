using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.CSharp;
using Xunit;

namespace NBomber.Tests.StandIn.Configuration;

public sealed class ValidationTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static TheoryData<string, LoadSimulation[]> BadLoads => new()
    {
        { "has no load simulation", [] },
        { "KeepConstant: -1 copies are less than none", [Simulation.KeepConstant(-1, Second)] },
        { "KeepConstant: the duration of 00:00:00.5000000 is shorter than 1 s", [Simulation.KeepConstant(1, Second / 2)] },
        { "Pause: the duration of 00:00:00 is shorter than 1 s", [Simulation.KeepConstant(1, Second), Simulation.Pause(TimeSpan.Zero)] },
        { "KeepConstant: the duration of 31.00:00:00 is longer than 30 days", [Simulation.KeepConstant(1, TimeSpan.FromDays(31))] },
        { "Inject: a rate of -5 is less than none", [Simulation.Inject(-5, Second, Second)] },
        { "Inject: the interval of 00:00:00 is not positive", [Simulation.Inject(5, TimeSpan.Zero, Second)] },
        { "RampingInject: the interval of 00:00:02 is longer than the duration of 00:00:01",
            [Simulation.RampingInject(5, 2 * Second, Second)] },
        { "InjectRandom: the smallest rate 5 is not below the largest, 5", [Simulation.InjectRandom(5, 5, Second, Second)] },
        { "mixes closed load", [Simulation.KeepConstant(1, Second), Simulation.Inject(1, Second, Second)] },
    };

    [Theory]
    [MemberData(nameof(BadLoads), DisableDiscoveryEnumeration = true)]
    public void LoadsThatMakeNoSense_AreRefused(string message, LoadSimulation[] loads) =>
        AssertRefused($"Scenario 'a': {message}", NBomberRunner.RegisterScenarios(Idle("a").WithoutWarmUp().WithLoadSimulations(loads)));

    [Fact]
    public void AWarmUpLongerThanTheLoad_IsRefused_WhenSomebodyAskedForIt() => AssertRefused(
        "the warm-up of 00:00:02 is longer than the load of 00:00:01",
        NBomberRunner.RegisterScenarios(Idle("a").WithLoadSimulations(Simulation.KeepConstant(1, Second)).WithWarmUpDuration(2 * Second)));

    [Fact]
    public void AWarmUpShorterThanASecond_IsRefused() => AssertRefused(
        "the warm-up of 00:00:00.5000000 is shorter than 1 s", NBomberRunner.RegisterScenarios(Idle("a").WithWarmUpDuration(Second / 2)));

    [Fact]
    public void ANegativeMaximumOfFailures_IsRefused() =>
        AssertRefused("MaxFailCount is negative", NBomberRunner.RegisterScenarios(Idle("a").WithMaxFailCount(-1)));

    [Fact]
    public void NoScenario_IsRefused() => AssertRefused("No scenario is registered", NBomberRunner.RegisterScenarios());

    [Fact]
    public void ScenariosOfTheSameName_AreRefused() =>
        AssertRefused("Scenario 'a' is registered more than once", NBomberRunner.RegisterScenarios(Idle("a"), Idle("b"), Idle("a")));

    [Fact]
    public void AScenarioWithoutAName_IsRefused() => AssertRefused("A scenario has no name", NBomberRunner.RegisterScenarios(Idle(" ")));

    [Fact]
    public void ATargetThatNobodyKnows_IsRefused_WithTheOnesThereAre() => AssertRefused(
        "Target scenario 'c' is not registered. Registered are: a, b.",
        NBomberRunner.RegisterScenarios(Idle("b"), Idle("a")).WithTargetScenarios("a", "c"));

    [Fact]
    public void ATargetOfNothing_IsRefused() =>
        AssertRefused("TargetScenarios is empty", NBomberRunner.RegisterScenarios(Idle("a")).WithTargetScenarios());

    [Fact]
    public void AReportingIntervalBelowFiveSeconds_IsRefused() => AssertRefused(
        "The reporting interval of 00:00:01 is shorter than 5 s", NBomberRunner.RegisterScenarios(Idle("a")).WithReportingInterval(Second));

    [Fact]
    public void AFileNameWithAFolderInIt_IsRefused() => AssertRefused(
        "'../up' is no file name", NBomberRunner.RegisterScenarios(Idle("a")).WithReportFileName("../up"));

    [Fact]
    public void AFormatThatIsNone_IsRefused() => AssertRefused(
        "99 is no report format", NBomberRunner.RegisterScenarios(Idle("a")).WithReportFormats((ReportFormat)99));

    [Fact]
    public void AllThatIsWrong_IsInOneMessage()
    {
        var context = NBomberRunner.RegisterScenarios(Idle("a").WithMaxFailCount(-1), Idle("a")).WithReportingInterval(Second);
        AssertRefused("more than once", context);
        AssertRefused("MaxFailCount", context);
        AssertRefused("reporting interval", context);
    }

    private static void AssertRefused(string message, NBomberContext context) =>
        Assert.Contains(message, Assert.Throws<InvalidOperationException>(() => context.Run()).Message, StringComparison.Ordinal);

    private static ScenarioProps Idle(string name) => Scenario.Create(name, _ => Task.FromResult<IResponse>(Response.Ok()));
}
