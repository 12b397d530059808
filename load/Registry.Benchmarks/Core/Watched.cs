using Registry.Core.Changes.Commands;
using Registry.Core.Naming;
using Registry.Core.Watching;

namespace Registry.Benchmarks.Core;

/// <summary>An application of ten instances that is watched by many streams, each of which follows it alone.</summary>
internal sealed class Watched : IDisposable
{
    private static readonly QualifiedName Application = BenchRegistry.Name("orders");

    private readonly BenchRegistry _registry;
    private int _weight;

    public Watched(PumpPlace pump, int streams)
    {
        _registry = new BenchRegistry(pump);
        Audience = new Audience(streams);
        _registry.Do(new RegisterCommand(
            Application, "", _registry.Lease, [.. Enumerable.Range(0, 10).Select(i => BenchRegistry.Instance($"instance-{i}"))], []));
        for (var i = 0; i < streams; i++)
        {
            var stream = _registry.Registry.CreateWatch(new CountingSink(Audience));
            stream.Open(new WatchOpening { Subscriptions = [(1, Topic.OfApplication(Application))] });
        }

        _registry.RunPump();
    }

    public Audience Audience { get; }

    /// <summary>One instance gets another weight.</summary>
    public void Change()
    {
        _weight = (_weight + 1) % 1_000;
        _registry.Do(new RegisterCommand(Application, "", _registry.Lease, [BenchRegistry.Instance("instance-3", weight: _weight)], []));
    }

    public void RunPump() => _registry.RunPump();

    public void Dispose() => _registry.Dispose();
}
