using System.Collections.Concurrent;
using NBomber.Configuration;
using NBomber.Contracts.Stats;
using NBomber.Running;

namespace NBomber.Tests.StandIn.Harness;

internal sealed class SilentView : IRunView
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ConcurrentQueue<OperationType> Operations { get; } = new();

    public RunReport? Report { get; private set; }

    public volatile IReadOnlyList<ScenarioProgress> Progress = [];

    public void Begin(SessionSettings settings, TestInfo test)
    {
    }

    public void Enter(OperationType operation) => Operations.Enqueue(operation);

    public void Show(IReadOnlyList<ScenarioProgress> progress) => Progress = progress;

    public void Say(string line) => Lines.Enqueue(line);

    public Task EndAsync(RunReport report, IReadOnlyList<ReportFile> files)
    {
        Report = report;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => default;
}
