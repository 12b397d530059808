using BenchmarkDotNet.Attributes;
using Registry.Benchmarks.Core;
using Registry.Benchmarks.Locking;
using Registry.Client;
using Registry.Client.Balancing;
using Registry.Client.Resolving;

namespace Registry.Benchmarks.Client;

/// <summary>Picking the endpoint of a call: 100 instances in 3 zones with weights from 1 to 100, while other threads pick from the same table.</summary>
[Config(typeof(ClientConfig))]
public class PickBenchmarks
{
    private const int Instances = 100;
    private const int Zones = 3;
    private const int PicksOfARound = 100_000;

    private PickTable<string> _table = null!;
    private ThreadTeam _team = null!;
    private long _seen;

    [Params(1, 2)]
    public int Threads { get; set; }

    [Params(BalancingPolicy.WeightedRoundRobin, BalancingPolicy.PowerOfTwoChoices)]
    public BalancingPolicy Policy { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _table = PickTable<string>.Of(
            Enumerable.Range(0, Instances).Select(i => new Candidate<string>($"{i}", InstanceStatus.Up, $"zone {i % Zones}", i + 1, new OpenCalls())),
            "",
            Policy);
        _team = new ThreadTeam(Threads, _ => Pick());
    }

    [GlobalCleanup]
    public void Cleanup() => _team.Dispose();

    // Every thread picks its share, so that an operation is one pick however many threads there are.
    [Benchmark(OperationsPerInvoke = PicksOfARound)]
    [Goal("pick an endpoint (100 instances, 3 zones, unequal weights)", MaxNanoseconds = 100, MaxBytes = 0)]
    public void Picks() => _team.RunRound();

    private void Pick()
    {
        long seen = 0;
        for (var i = 0; i < PicksOfARound / Threads; i++)
        {
            if (_table.TryPick(out var picked, out var calls))
            {
                calls.Begin();
                seen += picked.Length;
                calls.End();
            }
        }

        Interlocked.Add(ref _seen, seen);
    }
}

/// <summary>What a change of the instances costs a picker: the table is made anew.</summary>
[Config(typeof(ClientConfig))]
public class PickTableBenchmarks
{
    private Candidate<string>[] _candidates = null!;

    [Params(10, 100, 1_000)]
    public int Instances { get; set; }

    [GlobalSetup]
    public void Setup() => _candidates =
    [
        .. Enumerable.Range(0, Instances).Select(i => new Candidate<string>($"{i}", InstanceStatus.Up, $"zone {i % 3}", (i % 100) + 1, new OpenCalls())),
    ];

    [Benchmark]
    [Goal("make the table of a picker anew after a change")]
    public object Make() => PickTable<string>.Of(_candidates, "zone 1", BalancingPolicy.WeightedRoundRobin);
}
