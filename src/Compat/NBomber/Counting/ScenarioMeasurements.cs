namespace NBomber.Counting;

/// <summary>A scenario and its steps. Lies behind the lock of a stripe, or is a copy.</summary>
internal sealed class ScenarioMeasurements
{
    private readonly Dictionary<string, StepMeasurements> _steps = [];

    public Measurements Iterations { get; } = new();

    public IEnumerable<StepMeasurements> Steps => _steps.Values.OrderBy(step => step.Order);

    public StepMeasurements Step(string name, Func<string, int> order)
    {
        if (!_steps.TryGetValue(name, out var step))
            _steps.Add(name, step = new StepMeasurements(name, order(name)));
        return step;
    }

    public void Add(ScenarioMeasurements other)
    {
        Iterations.Add(other.Iterations);
        foreach (var step in other._steps.Values)
            Step(step.Name, _ => step.Order).All.Add(step.All);
    }
}
