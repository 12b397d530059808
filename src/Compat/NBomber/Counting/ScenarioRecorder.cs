using System.Collections.Concurrent;
using Registry.LoadMeasuring;

namespace NBomber.Counting;

/// <summary>
/// Takes what all copies of a scenario measure. Exact under any concurrency: every record changes one stripe as a whole, under the
/// lock of that stripe (<see cref="Striped{T}"/>). Copies meet at no lock that all of them share. Thread-safe.
/// </summary>
internal sealed class ScenarioRecorder
{
    private readonly Striped<ScenarioMeasurements> _stripes = new(() => new ScenarioMeasurements());

    // The order in which steps first ended, the same for all stripes. Asked once per step and stripe, under the stripe's lock: a look-up
    // here takes no lock of ours and calls nobody. Two that see a step first may leave a number unused, which changes no order.
    private readonly ConcurrentDictionary<string, int> _stepOrder = new();
    private readonly Func<string, int> _orderOf;
    private int _lastStep;

    public ScenarioRecorder() =>
        _orderOf = name => _stepOrder.GetOrAdd(name, static (_, self) => Interlocked.Increment(ref self._lastStep), this);

    public void RecordIteration(in Measured measured) =>
        _stripes.Update(measured, static (stripe, measured) => stripe.Iterations.Record(measured));

    public void RecordStep(string name, in Measured measured) => _stripes.Update(
        (Name: name, Measured: measured, Order: _orderOf),
        static (stripe, step) => stripe.Step(step.Name, step.Order).All.Record(step.Measured));

    public ScenarioMeasurements Snapshot() =>
        _stripes.Fold(new ScenarioMeasurements(), static (total, stripe) => total.Add(stripe));
}
