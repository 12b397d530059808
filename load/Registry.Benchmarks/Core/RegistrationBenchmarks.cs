using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Naming;

namespace Registry.Benchmarks.Core;

/// <summary>
/// A life of one instance of an application with 10 interfaces, in a registry of 1,000 such applications, on one core: the pump runs on
/// the writer's thread. Making the command objects counts, the wire does not.
/// </summary>
[Config(typeof(CoreConfig))]
public class RegistrationBenchmarks
{
    private static readonly QualifiedName Application = BenchRegistry.Name("orders");
    private static readonly QualifiedName Other = BenchRegistry.Name("payments");
    private static readonly QualifiedName Third = BenchRegistry.Name("shipping");

    private BenchRegistry _registry = null!;
    private string _build = null!;
    private ImmutableArray<string> _thirdInterfaces;

    [GlobalSetup]
    public void Setup()
    {
        _registry = new BenchRegistry(PumpPlace.Inline);
        _registry.Populate(1_000, BenchRegistry.InterfacesPerApplication);
        var build = BenchRegistry.Build("orders", BenchRegistry.InterfacesPerApplication);
        _registry.Do(new RegisterCommand(Application, "", _registry.Lease, [BenchRegistry.Instance("standing")], [build]));
        _registry.Do(new DeclareBuildsCommand(Other, "", [build]));
        _build = build.Build.Id;
        _thirdInterfaces = BenchRegistry.Interfaces("shipping", BenchRegistry.InterfacesPerApplication);
    }

    [GlobalCleanup]
    public void Cleanup() => _registry.Dispose();

    [Benchmark]
    [Goal("register and deregister one instance; the build stays declared, another instance stays (2 writes)", MaxNanoseconds = 5_000)]
    public void BesideAnother() => RegisterAndDeregister(Application);

    [Benchmark]
    [Goal("the same, with no other instance: the build falls idle each time (2 writes)", MaxNanoseconds = 5_000)]
    public void Alone() => RegisterAndDeregister(Other);

    [Benchmark]
    [Goal("register with the build declared each time, deregister, withdraw: 10 mappings come and go (3 writes)")]
    public void WithItsBuild()
    {
        // A request brings its own list of interfaces, so the hash is computed anew.
        var build = new BuildDeclaration("", _thirdInterfaces);
        _registry.Do(new RegisterCommand(Third, "", _registry.Lease, [BenchRegistry.Instance("instance-0")], [build]));
        _registry.Do(new DeregisterCommand(Third, "", [new InstanceRef("instance-0", 0)], _registry.Lease));
        _registry.Do(new WithdrawBuildsCommand(Third, "", [build.Build.Id]));
    }

    private void RegisterAndDeregister(QualifiedName application)
    {
        _registry.Do(new RegisterCommand(application, "", _registry.Lease, [BenchRegistry.Instance("instance-0", _build)], []));
        _registry.Do(new DeregisterCommand(application, "", [new InstanceRef("instance-0", 0)], _registry.Lease));
    }
}
