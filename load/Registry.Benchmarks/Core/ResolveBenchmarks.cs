using BenchmarkDotNet.Attributes;
using Registry.Benchmarks.Locking;
using Registry.Core.Naming;
using Registry.Core.Tables;
using Registry.Core.Watching;

namespace Registry.Benchmarks.Core;

/// <summary>
/// Reading. Half of the topics are interfaces, and each of them maps to two applications with two instances each. The names are gone
/// through in strides: the small table is read out of the processor's cache, as popular names are, and the large one is not.
/// </summary>
[Config(typeof(CoreConfig))]
public class ResolveBenchmarks
{
    // Prime, so that every name has its turn.
    private const int Stride = 7_919;

    private BenchRegistry _registry = null!;
    private QualifiedName[] _names = null!;
    private QualifiedName[][] _one = null!;
    private QualifiedName[][] _ten = null!;
    private int _next;

    [Params(1_000, 1_000_000)]
    public int Topics { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _registry = new BenchRegistry(PumpPlace.Inline);
        _registry.Populate(1, interfaces: 1);
        var population = LargeSetup.Make(() => new Population(Topics));
        foreach (var application in population.Applications)
            Add(_registry.Registry.Applications, application);
        foreach (var mapping in population.Mappings)
            Add(_registry.Registry.Interfaces, mapping);
        _names = population.Interfaces;
        _one = [.. _names.Select(static name => new[] { name })];
        _ten = [.. Enumerable.Range(0, _names.Length).Select(NameAt).Chunk(10).Where(static names => names.Length == 10)];
    }

    [GlobalCleanup]
    public void Cleanup() => _registry.Dispose();

    [Benchmark]
    [Goal("resolve from the table: one interface's mapping and its 2 applications", MaxNanoseconds = 200, MaxBytes = 0)]
    public int FromTable()
    {
        var mapping = _registry.Registry.ReadInterface(_names[Next(_names.Length)]);
        var instances = 0;
        foreach (var mapped in mapping.Applications)
            instances += _registry.Registry.ReadApplication(new QualifiedName(mapping.Name.Namespace, mapped.Application)).Count;
        return instances;
    }

    [Benchmark]
    [Goal("read 1 interface and its 2 applications at one revision")]
    public TopicsAtRevision Together1() => _registry.Registry.ReadTogether(_one[Next(_one.Length)], []);

    [Benchmark]
    [Goal("read 10 interfaces and their 20 applications at one revision")]
    public TopicsAtRevision Together10() => _registry.Registry.ReadTogether(_ten[Next(_ten.Length)], []);

    // Not by commands: a million of them would take longer than what is measured.
    private static void Add<T>(StripedTable<T> table, T snapshot)
        where T : TopicSnapshot
    {
        var stripe = table.StripeOf(snapshot.Topic.Name);
        using var held = stripe.Enter();
        stripe.FindOrAdd(snapshot.Topic.Name, _ => snapshot);
    }

    private QualifiedName NameAt(int turn) => _names[(int)((long)turn * Stride % _names.Length)];

    private int Next(int length) => _next = (_next + Stride) % length;
}
