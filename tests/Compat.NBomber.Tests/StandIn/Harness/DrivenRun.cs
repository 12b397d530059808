using NBomber.Configuration;
using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.CSharp;
using NBomber.Running;
using Registry.TestKit;
using Registry.TestKit.Time;

namespace NBomber.Tests.StandIn.Harness;

/// <summary>A test whose time the caller drives.</summary>
internal sealed class DrivenRun : IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _interrupt = new();
    private readonly CancellationTokenSource _giveUp = new();

    private DrivenRun(NBomberContext context, TimeSpan? completionTimeout)
    {
        // By the driven clock, an iteration takes whatever the driver lets go by meanwhile.
        Settings = SessionSettings.From(context, CommandLine.Parse([])) with
        {
            Seed = 1,
            CompletionTimeout = completionTimeout ?? TimeSpan.FromDays(30),
        };
        Ended = Task.Run(() => ConsoleRun.RunAsync(Settings, Clock, View, _interrupt.Token, _giveUp.Token));
    }

    public SessionSettings Settings { get; }

    public DrivenClock Clock { get; } = new();

    public SilentView View { get; } = new();

    public Task<NodeStats> Ended { get; }

    public static DrivenRun Start(params ScenarioProps[] scenarios) => Start(null, scenarios);

    public static DrivenRun Start(TimeSpan? completionTimeout, params ScenarioProps[] scenarios) =>
        new(NBomberRunner.RegisterScenarios(scenarios).WithoutReports(), completionTimeout);

    public static DrivenRun Start(NBomberContext context) => new(context, null);

    public Task InterruptAsync() => _interrupt.CancelAsync();

    public Task GiveUpAsync() => _giveUp.CancelAsync();

    /// <summary>Waits until the test waits for time to pass: each load, and the one who looks.</summary>
    public async Task WaitingAsync(int loads = 1) => await Within.HoldsAsync(
        "the test waits", $"{loads + 1} timers, or the end", () => (Clock.Timers, Ended.IsCompleted),
        now => now.Timers > loads || now.IsCompleted);

    /// <summary>Lets time pass while a load wants it.</summary>
    public async Task PassAsync(TimeSpan time, int loads = 1)
    {
        for (var passed = TimeSpan.Zero; passed < time && !Ended.IsCompleted; passed += Step)
        {
            await WaitingAsync(loads);
            Clock.Advance(Step);
        }
    }

    /// <summary>Lets time pass until the test is over.</summary>
    public async Task<NodeStats> ToEndAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!Ended.IsCompleted && TimeProvider.System.GetElapsedTime(start) < Within.Patience)
        {
            if (Clock.Timers >= 2)
                Clock.Advance(Step);
            await Task.Yield();
        }

        return await Within.DeadlineAsync(Ended, "the test", "to end");
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _giveUp.Dispose();
    }
}
