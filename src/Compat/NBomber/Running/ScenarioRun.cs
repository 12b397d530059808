using NBomber.Configuration;
using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.Counting;
using NBomber.Logging;
using NBomber.Scheduling;
using Registry.LoadMeasuring;

namespace NBomber.Running;

/// <summary>One scenario under load, in the warm-up or in the part that counts: each has its own counters and copies.</summary>
internal sealed class ScenarioRun
{
    public const string GlobalStep = "global information";

    // An exception is logged so many times; the counters have them all.
    private const int MostLogged = 20;

    private readonly ScenarioSettings _settings;
    private int _failures;
    private int _logged;

    public ScenarioRun(
        ScenarioSettings settings, ScenarioOperation operation, LoadPlan plan, TimeSpan completionTimeout, TimeProvider time, Random random,
        RunLog log, Stops stops)
    {
        _settings = settings;
        Operation = operation;
        Plan = plan;
        CompletionTimeout = completionTimeout;
        Time = time;
        Log = log;
        Stops = stops;
        Copies = new CopyPool(this);
        Scheduler = new LoadScheduler(plan, Copies, time, random);
    }

    public string Name => _settings.Scenario.ScenarioName;

    public ScenarioProps Scenario => _settings.Scenario;

    public ScenarioOperation Operation { get; }

    public LoadPlan Plan { get; }

    public TimeSpan CompletionTimeout { get; }

    public TimeProvider Time { get; }

    public RunLog Log { get; }

    public Stops Stops { get; }

    public ScenarioRecorder Recorder { get; } = new();

    /// <summary>Open load: how much later than planned iterations began.</summary>
    public LatencyRecorder StartLag { get; } = new();

    public CopyPool Copies { get; }

    public LoadScheduler Scheduler { get; }

    public Timeline Timeline { get; } = new();

    /// <summary>Iterations that did not end and were counted as failed.</summary>
    public int GivenUp { get; private set; }

    /// <summary>Runs the load and waits for its last iterations.</summary>
    public async Task RunAsync(CancellationToken giveUp)
    {
        await Scheduler.RunAsync(Stops.Scenario(Name)).ConfigureAwait(false);
        GivenUp = await Copies.EndAsync(CompletionTimeout, giveUp).ConfigureAwait(false);
        if (GivenUp > 0)
            Log.Warning("{Scenario}: {Count} iterations did not end in time and count as failed", Name, GivenUp);
    }

    public void IterationFailed()
    {
        if (Operation != ScenarioOperation.Bombing || Interlocked.Increment(ref _failures) != Math.Max(1, _settings.MaxFailCount))
            return;
        Stops.StopTest($"{Name} reached its maximum of {_settings.MaxFailCount} failed iterations");
    }

    public void LogFailure(Exception exception, string where)
    {
        var number = Interlocked.Increment(ref _logged);
        if (number <= MostLogged)
            Log.Debug("{Scenario}, {Where}: {Exception}", Name, where, exception);
        if (number == MostLogged)
            Log.Debug("{Scenario}: further exceptions are only counted", Name);
    }

    public ScenarioProgress Look()
    {
        var measured = Recorder.Snapshot();
        var elapsed = Scheduler.Elapsed;
        if (Operation == ScenarioOperation.Bombing)
            Timeline.Look(elapsed, measured, Copies.Active);
        return new ScenarioProgress(Name, Operation, Scheduler.Current, elapsed, Plan.Duration, Copies.Active, measured, Timeline.Latest);
    }

    public ScenarioReport Report()
    {
        var measured = Recorder.Snapshot();
        Timeline.Look(Scheduler.Elapsed, measured, Copies.Active);
        var tick = Scheduler.Current;
        var executed = Scheduler.Executed;

        // Rates over less than a second would be large and mean nothing.
        var seconds = Math.Max(1, (executed - Plan.PausesUntil(executed)).TotalSeconds);
        var load = new LoadSimulationStats { SimulationName = tick.Name ?? "", Value = tick.Value };
        var stats = StatsBuilder.Scenario(Name, measured, executed, seconds, load, OperationType.Complete);
        return new ScenarioReport(
            stats, measured, Timeline.Points, Plan.IsOpen ? StartLag.Snapshot() : null, Copies.Begun, GivenUp, seconds);
    }
}
