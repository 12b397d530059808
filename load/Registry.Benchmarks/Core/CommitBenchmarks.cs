using BenchmarkDotNet.Attributes;
using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Restoring;
using Registry.Core.Tables;

namespace Registry.Benchmarks.Core;

/// <summary>
/// The commit section alone, uncontended: what is left to do under the one lock of all writers when everything is built. 256 prepared
/// changes are committed in turn, again and again: stamping and swapping a second time is the same stores.
/// </summary>
[Config(typeof(CoreConfig))]
public class CommitBenchmarks
{
    private readonly PreparedChange[] _prepared = new PreparedChange[256];
    private CommitSection _commits = null!;
    private int _next;

    [Params(0, 1, 10)]
    public int Mappings { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _commits = new CommitSection(new MemoryChangeLog(), RegistryHistory.New(), instances: 0);
        for (var i = 0; i < _prepared.Length; i++)
            _prepared[i] = Prepare($"application-{i}");
    }

    [Benchmark]
    [Goal("commit one prepared change", MaxNanoseconds = 200, MaxBytes = 0)]
    public long Commit()
    {
        _next = (_next + 1) % _prepared.Length;
        return _commits.Commit(_prepared[_next], reservedBytes: 0);
    }

    private PreparedChange Prepare(string application)
    {
        var name = BenchRegistry.Name(application);
        var build = Build.Of(BenchRegistry.Interfaces(application, Mappings));
        var instance = new Instance(
            BenchRegistry.Instance("instance-0", build.Id), default, TimeSpan.FromSeconds(15), owner: "", incarnation: 0, isSuspect: false);
        var change = new ApplicationChange { Application = name, Upserts = [instance], BuildsAdded = [build] };

        // The application and its mappings are there already, with another build, so that there are steps to stamp as well.
        var before = Build.Of(["some.other.Interface"]);
        var present = new ApplicationSnapshot(name, [], [new BuildUse(before, instances: 0, unusedSince: 1)]);
        var prepared = new PreparedChange(change, new StripedTable<ApplicationSnapshot>.Entry(present), new HashSet<string>());
        foreach (var edit in prepared.Edits)
        {
            var mapping = new MappingSnapshot(BenchRegistry.Name(edit.Interface), [new MappedApplication(application, [before.Id])]);
            prepared.AddMapping(new StripedTable<MappingSnapshot>.Entry(mapping), edit);
        }

        prepared.Seal();
        return prepared;
    }
}
