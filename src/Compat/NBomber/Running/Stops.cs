namespace NBomber.Running;

/// <summary>Who wants what to end, and why. Thread-safe.</summary>
internal sealed class Stops : IDisposable
{
    private readonly Dictionary<string, CancellationTokenSource> _scenarios;
    private readonly CancellationTokenSource _test = new();

    // Guards _reasons, which grows with what is told first for each; read under it too. No other lock under it, nothing awaited.
    private readonly Lock _gate = new();
    private readonly List<(string? Scenario, string Reason)> _reasons = [];

    public Stops(IEnumerable<string> scenarios) =>
        _scenarios = scenarios.ToDictionary(name => name, _ => CancellationTokenSource.CreateLinkedTokenSource(_test.Token));

    /// <summary>All loads are to end.</summary>
    public CancellationToken Test => _test.Token;

    /// <summary>The load of a scenario is to end.</summary>
    public CancellationToken Scenario(string name) => _scenarios[name].Token;

    public IReadOnlyList<string> Reasons
    {
        get
        {
            lock (_gate)
                return [.. _reasons.Select(r => $"{r.Scenario ?? "The test"} was stopped: {r.Reason}")];
        }
    }

    public void StopScenario(string name, string reason)
    {
        if (_scenarios.TryGetValue(name, out var scenario) && Remember(name, reason))
            _ = scenario.CancelAsync();
    }

    // Not inline: what waits for the token must not go on inside the iteration that asked for the end.
    public void StopTest(string reason)
    {
        if (Remember(null, reason))
            _ = _test.CancelAsync();
    }

    public void Dispose()
    {
        foreach (var scenario in _scenarios.Values)
            scenario.Dispose();
        _test.Dispose();
    }

    private bool Remember(string? scenario, string reason)
    {
        lock (_gate)
        {
            if (_reasons.Any(r => r.Scenario == scenario))
                return false;
            _reasons.Add((scenario, reason));
            return true;
        }
    }
}
