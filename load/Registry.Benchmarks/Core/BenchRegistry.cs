using System.Collections.Immutable;
using Registry.Core;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;

namespace Registry.Benchmarks.Core;

/// <summary>Where the watch pump runs.</summary>
internal enum PumpPlace
{
    /// <summary>On the writer's thread, right after the write: what a write costs in all, on one core.</summary>
    Inline,

    /// <summary>When <see cref="BenchRegistry.RunPump"/> is called.</summary>
    OnDemand,

    /// <summary>On the thread pool, as in the server.</summary>
    ThreadPool,
}

/// <summary>A registry without timers, and short words for what is done with it.</summary>
internal sealed class BenchRegistry : IDisposable
{
    /// <summary>Interfaces of one application.</summary>
    public const int InterfacesPerApplication = 10;

    private readonly Queue<IThreadPoolWorkItem> _scheduled = new();

    public BenchRegistry(PumpPlace pump)
    {
        var options = new RegistryOptions { Watching = { TopicsPerStream = 1_000_000 } };
        Registry = new ServiceRegistry(options, TimeProvider.System, new MemoryChangeLog(), pump switch
        {
            PumpPlace.Inline => static item => item.Execute(),
            PumpPlace.OnDemand => _scheduled.Enqueue,
            _ => static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false),
        });
        Lease = Grant();
    }

    public ServiceRegistry Registry { get; }

    /// <summary>The lease of everything that is registered here.</summary>
    public LeaseId Lease { get; }

    public static QualifiedName Name(string name) => new(QualifiedName.Default, name);

    /// <summary>The interfaces of one application.</summary>
    public static ImmutableArray<string> Interfaces(string application, int count) =>
        [.. Enumerable.Range(0, count).Select(i => $"{application}.v1.Service{i}")];

    public static BuildDeclaration Build(string application, int interfaces) => new("", Interfaces(application, interfaces));

    public static InstanceDeclaration Instance(string id, string buildId = "", int weight = InstanceDeclaration.DefaultWeight) =>
        new() { Id = id, Endpoints = [new EndpointAddress("grpc", "10.0.0.1", 8080)], BuildId = buildId, Weight = weight };

    public LeaseId Grant()
    {
        var granted = Completed(Registry.GrantLeaseAsync(TimeSpan.FromHours(1), "", CancellationToken.None));
        return granted.Refusal is null ? granted.Id : throw new InvalidOperationException(granted.Refusal.Message);
    }

    public CommandOutcome Do(Command command)
    {
        var outcome = Completed(Registry.ExecuteAsync(command, CancellationToken.None));
        return outcome.Refusal is null ? outcome : throw new InvalidOperationException(outcome.Refusal.Message);
    }

    /// <summary>Registers applications with two instances each.</summary>
    public void Populate(int applications, int interfaces)
    {
        for (var i = 0; i < applications; i++)
        {
            var name = ApplicationName(i);
            Do(new RegisterCommand(Name(name), "", Lease, [Instance("instance-0"), Instance("instance-1")], [Build(name, interfaces)]));
        }
    }

    /// <summary>The name of one of those that <see cref="Populate"/> registers.</summary>
    public static string ApplicationName(int index) => $"application-{index:D6}";

    public void RunPump()
    {
        while (_scheduled.TryDequeue(out var item))
            item.Execute();
    }

    public void Dispose() => Registry.Dispose();

    // In memory everything is complete at once.
    private static T Completed<T>(ValueTask<T> task)
    {
#pragma warning disable VSTHRD002 // It is complete.
        return task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
