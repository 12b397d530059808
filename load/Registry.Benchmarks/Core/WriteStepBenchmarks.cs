using BenchmarkDotNet.Attributes;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;
using Registry.Core.Restoring;
using Registry.Core.Tables;

namespace Registry.Benchmarks.Core;

/// <summary>
/// Where a register and a deregister beside another instance spend their time and their bytes: the steps of LocalCommandOrder and
/// Applier one by one, on the same state each time.
/// </summary>
[Config(typeof(CoreConfig))]
public class WriteStepBenchmarks
{
    private static readonly QualifiedName Application = BenchRegistry.Name("orders");

    private BenchRegistry _registry = null!;
    private DecisionContext _context = null!;
    private Applier _applier = null!;
    private string _build = null!;
    private Lease _lease = null!;
    private RegisterCommand _register = null!;
    private DeregisterCommand _deregister = null!;
    private ApplicationSnapshot _before = null!;
    private ApplicationSnapshot _after = null!;
    private ApplicationChange _arrival = null!;
    private ApplicationChange _departure = null!;
    private StripedTable<ApplicationSnapshot>.Entry _entryBefore = null!;
    private StripedTable<ApplicationSnapshot>.Entry _entryAfter = null!;
    private IReadOnlySet<string> _unmapped = null!;

    [GlobalSetup]
    public void Setup()
    {
        _registry = new BenchRegistry(PumpPlace.Inline);
        var build = BenchRegistry.Build("orders", BenchRegistry.InterfacesPerApplication);
        _registry.Do(new RegisterCommand(Application, "", _registry.Lease, [BenchRegistry.Instance("standing")], [build]));
        _build = build.Build.Id;
        _context = new DecisionContext(_registry.Registry.Leases, _registry.Registry.Options.Limits);
        _unmapped = _registry.Registry.Options.UnmappedInterfaces.ToHashSet();
        _applier = new Applier(_registry.Registry.Interfaces, new CommitSection(new MemoryChangeLog(), RegistryHistory.New(), instances: 0), _unmapped);
        if (!_registry.Registry.Leases.TryGet(_registry.Lease, out _lease!))
            throw new InvalidOperationException("the lease is gone");

        _register = MakeRegister();
        _deregister = MakeDeregister();
        _before = _registry.Registry.ReadApplication(Application);
        _arrival = _register.Decide(_before, _context).Change!;
        _registry.Do(_register);
        _after = _registry.Registry.ReadApplication(Application);
        _departure = _deregister.Decide(_after, _context).Change!;
        _entryBefore = new StripedTable<ApplicationSnapshot>.Entry(_before);
        _entryAfter = new StripedTable<ApplicationSnapshot>.Entry(_after);
    }

    [GlobalCleanup]
    public void Cleanup() => _registry.Dispose();

    [Benchmark]
    [Goal("register: make the command")]
    public Command RegisterMake() => MakeRegister();

    [Benchmark]
    [Goal("register: validate (counts its size once more)")]
    public int RegisterValidate() => _register.Validate() is null ? _register.Size : throw new InvalidOperationException();

    [Benchmark]
    [Goal("register: decide")]
    public object RegisterDecide() => _register.Decide(_before, _context);

    [Benchmark]
    [Goal("register: build the snapshots and the change set")]
    public object RegisterBuild() => Prepare(_arrival, _entryBefore);

    [Benchmark]
    [Goal("register: apply (build, commit, attach to the lease)")]
    public object RegisterApply()
    {
        _entryBefore.Current = _before;
        return _applier.ApplyUnderStripe(_entryBefore, _arrival, _lease, 0, 0)!;
    }

    [Benchmark]
    [Goal("deregister: make the command")]
    public Command DeregisterMake() => MakeDeregister();

    [Benchmark]
    [Goal("deregister: validate (counts its size once more)")]
    public int DeregisterValidate() => _deregister.Validate() is null ? _deregister.Size : throw new InvalidOperationException();

    [Benchmark]
    [Goal("deregister: decide")]
    public object DeregisterDecide() => _deregister.Decide(_after, _context);

    [Benchmark]
    [Goal("deregister: build the snapshots and the change set")]
    public object DeregisterBuild() => Prepare(_departure, _entryAfter);

    [Benchmark]
    [Goal("deregister: apply (build, commit)")]
    public object DeregisterApply()
    {
        _entryAfter.Current = _after;
        return _applier.ApplyUnderStripe(_entryAfter, _departure, null, 0, 0)!;
    }

    [Benchmark]
    [Goal("declare a build of 10 interfaces: sort and hash the names")]
    public Build HashBuild() => Build.Of(_registry.Registry.ReadApplication(Application).Builds[0].Build.Interfaces);

    private RegisterCommand MakeRegister() => new(Application, "", _registry.Lease, [BenchRegistry.Instance("instance-0", _build)], []);

    private DeregisterCommand MakeDeregister() => new(Application, "", [new InstanceRef("instance-0", 0)], _registry.Lease);

    private PreparedChange Prepare(ApplicationChange change, StripedTable<ApplicationSnapshot>.Entry entry)
    {
        var prepared = new PreparedChange(change, entry, _unmapped);
        prepared.Seal();
        return prepared;
    }
}
