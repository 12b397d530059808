using NBomber.Configuration;
using NBomber.Contracts.Stats;

namespace NBomber.Running;

/// <summary>Shows how a test goes. Called by one party at a time, except <see cref="Say"/>, which anybody calls at any time.</summary>
internal interface IRunView : IAsyncDisposable
{
    void Begin(SessionSettings settings, TestInfo test);

    void Enter(OperationType operation);

    void Show(IReadOnlyList<ScenarioProgress> progress);

    void Say(string line);

    /// <summary>Stops redrawing and shows the outcome.</summary>
    Task EndAsync(RunReport report, IReadOnlyList<ReportFile> files);
}
