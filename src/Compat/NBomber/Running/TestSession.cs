using System.Runtime.InteropServices;
using NBomber.Configuration;
using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.Logging;

namespace NBomber.Running;

/// <summary>A test from the first init function to the last clean function.</summary>
internal sealed class TestSession(SessionSettings settings, TimeProvider time, RunLog log, IRunView view)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly List<ScenarioSettings> _initialized = [];

    public TestInfo Test { get; } = new()
    {
        SessionId = settings.SessionId,
        TestSuite = settings.TestSuite,
        TestName = settings.TestName,
        Created = time.GetUtcNow().UtcDateTime,
    };

    public NodeInfo Node { get; } = new()
    {
        MachineName = Environment.MachineName,
        OS = RuntimeInformation.OSDescription,
        DotNetVersion = RuntimeInformation.FrameworkDescription,
        Processor = $"{RuntimeInformation.ProcessArchitecture}",
        CoresCount = Environment.ProcessorCount,
        NBomberVersion = "stand-in",
    };

    /// <summary>Runs it.</summary>
    /// <param name="interrupt">Ends the load early; what was measured is reported.</param>
    /// <param name="giveUp">Does not wait for running iterations any more.</param>
    public async Task<RunReport> RunAsync(CancellationToken interrupt, CancellationToken giveUp)
    {
        using var stops = new Stops(settings.Scenarios.Select(scenario => scenario.Scenario.ScenarioName));
        await using var interruption = interrupt.Register(() => stops.StopTest("interrupted")).ConfigureAwait(false);
        view.Begin(settings, Test);
        try
        {
            Enter(OperationType.Init);
            foreach (var scenario in settings.Scenarios)
                await InitAsync(scenario).ConfigureAwait(false);

            if (settings.Scenarios.Any(scenario => scenario.WarmUpPlan is not null) && !stops.Test.IsCancellationRequested)
            {
                Enter(OperationType.WarmUp);
                await LoadAsync(ScenarioOperation.WarmUp, stops, giveUp).ConfigureAwait(false);
            }

            Enter(OperationType.Bombing);
            var runs = await LoadAsync(ScenarioOperation.Bombing, stops, giveUp).ConfigureAwait(false);
            Enter(OperationType.Stop);
            var scenarios = runs.Select(run => run.Report()).ToArray();
            return new RunReport(
                Test, Node, scenarios, Notes(stops, scenarios), interrupt.IsCancellationRequested, time.GetUtcNow().UtcDateTime);
        }
        finally
        {
            foreach (var scenario in _initialized)
                await CleanAsync(scenario).ConfigureAwait(false);
            Node.CurrentOperation = OperationType.Complete;
        }
    }

    private async Task InitAsync(ScenarioSettings scenario)
    {
        // Also the one whose init throws is cleaned: part of its work may be done.
        _initialized.Add(scenario);
        if (scenario.Scenario.Init is not { } init)
            return;
        try
        {
            await init(new InitContext(Test, Node, scenario.CustomSettings, log)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Enter(OperationType.Error);
            log.Error(exception, "{Scenario}: init failed, the test ends", scenario.Scenario.ScenarioName);
            throw new InvalidOperationException(
                $"The init function of scenario '{scenario.Scenario.ScenarioName}' threw: {exception.Message}", exception);
        }
    }

    private async Task CleanAsync(ScenarioSettings scenario)
    {
        if (scenario.Scenario.Clean is not { } clean)
            return;
        try
        {
            await clean(new InitContext(Test, Node, scenario.CustomSettings, log)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            log.Error(exception, "{Scenario}: clean failed", scenario.Scenario.ScenarioName);
        }
    }

    private async Task<IReadOnlyList<ScenarioRun>> LoadAsync(ScenarioOperation operation, Stops stops, CancellationToken giveUp)
    {
        var runs = new List<ScenarioRun>();
        foreach (var scenario in settings.Scenarios)
        {
            var plan = operation == ScenarioOperation.WarmUp ? scenario.WarmUpPlan : scenario.Plan;
            if (plan is null || scenario.Scenario.Run is null)
                continue;
            runs.Add(new ScenarioRun(
                scenario, operation, plan, settings.CompletionTimeout, time, settings.RandomFor(scenario), log, stops));
        }

        using var over = new CancellationTokenSource();
        var looking = LookAsync(runs, over.Token);
        await Task.WhenAll(runs.Select(run => Task.Run(() => run.RunAsync(giveUp), CancellationToken.None))).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await looking.ConfigureAwait(false);
        view.Show([.. runs.Select(run => run.Look())]);
        return runs;
    }

    private async Task LookAsync(IReadOnlyList<ScenarioRun> runs, CancellationToken over)
    {
        try
        {
            while (true)
            {
                await Task.Delay(LookInterval, time, over).ConfigureAwait(false);
                view.Show([.. runs.Select(run => run.Look())]);
            }
        }
        catch (OperationCanceledException)
        {
            // The load is over.
        }
    }

    private void Enter(OperationType operation)
    {
        Node.CurrentOperation = operation;
        view.Enter(operation);
    }

    private static List<string> Notes(Stops stops, IReadOnlyList<ScenarioReport> scenarios)
    {
        var notes = new List<string>(stops.Reasons);
        foreach (var scenario in scenarios)
        {
            var name = scenario.Stats.ScenarioName;
            if (scenario.GivenUp > 0)
                notes.Add($"{name}: {scenario.GivenUp} iterations did not end within the completion timeout: failed with -100.");
            if (scenario.StartLag is { Count: > 0 } lag && lag.Percentile(99) > TimeSpan.FromMilliseconds(100))
                notes.Add($"{name}: iterations began {lag.Percentile(99).TotalMilliseconds:0} ms late at p99: the generator was busy.");
            if (!scenario.CountersAgree)
                notes.Add($"{name}: the counters are wrong: {scenario.Begun} began, {scenario.Measured.Iterations.Count} ended.");
        }

        return notes;
    }
}
