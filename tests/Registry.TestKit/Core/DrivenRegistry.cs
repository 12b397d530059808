using Registry.Core;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;
using Registry.Core.Restoring;
using Registry.Core.Watching;
using Registry.TestKit.Audits;
using Registry.TestKit.Changes;
using Registry.TestKit.Time;
using Registry.TestKit.Watching;
using Xunit;

namespace Registry.TestKit.Core;

/// <summary>
/// A registry in which nothing happens by itself: the test drives the clock and runs the pump. Its log remembers the history. Disposing
/// audits it.
/// </summary>
public sealed class DrivenRegistry : IDisposable
{
    private readonly RegistryHistory _history;
    private readonly IReadOnlyList<(long Revision, ApplicationChange Change)> _restored;
    private readonly List<(RecordingSink Sink, ClientView View)> _clients = [];

    public DrivenRegistry(Action<RegistryOptions>? configure = null)
        : this(configure, order: null)
    {
    }

    internal DrivenRegistry(Action<RegistryOptions>? configure, Func<OrderParts, ICommandOrder>? order)
        : this(configure, order, RegistryHistory.New(), [])
    {
        Registry.Start();
    }

    private DrivenRegistry(
        Action<RegistryOptions>? configure,
        Func<OrderParts, ICommandOrder>? order,
        RegistryHistory history,
        IReadOnlyList<(long Revision, ApplicationChange Change)> restored)
    {
        var options = new RegistryOptions();
        configure?.Invoke(options);
        Log = new HistoryLog();
        _history = history;
        _restored = restored;
        Registry = new ServiceRegistry(options, Clock, Log, Pump.Schedule, order, history, Replay.Of(options, restored));
    }

    /// <summary>
    /// A registry that goes on from what another one has logged, and is not started yet. The other one's last revisions are more than it had
    /// made durable, so the new one's begin above them.
    /// </summary>
    /// <param name="before">The other one.</param>
    /// <param name="durable">Up to where its log was durable; null: all of it.</param>
    /// <param name="configure">The options.</param>
    public static DrivenRegistry RestartOf(DrivenRegistry before, long? durable = null, Action<RegistryOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(before);
        var last = durable ?? before.Registry.Revision;
        var history = new RegistryHistory(
            RegistryHistory.NewEpoch(), before._history.Ancestors.Add(new Ancestor(before.Registry.Epoch, last)), last, before.Registry.Revision + 1_000);
        return new DrivenRegistry(
            configure, order: null, history, [.. before._restored.Concat(before.Log.Changes).TakeWhile(logged => logged.Revision <= last)]);
    }

    public DrivenClock Clock { get; } = new();

    public ManualPump Pump { get; } = new();

    public ServiceRegistry Registry { get; }

    internal HistoryLog Log { get; }

    /// <summary>False: the test leaves the registry in the middle of something, so that there is nothing to audit.</summary>
    public bool IsAudited { get; set; } = true;

    /// <summary>Lets time pass with the pump keeping up, so that bookmarks and stalls happen when they are due.</summary>
    public void Advance(TimeSpan by)
    {
        for (var left = by; left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(50))
        {
            Clock.Advance(left < TimeSpan.FromMilliseconds(50) ? left : TimeSpan.FromMilliseconds(50));
            Pump.Run();
        }
    }

    public LeaseId Grant(TimeSpan? ttl = null, string owner = "")
    {
        var granted = Completed(Registry.GrantLeaseAsync(ttl, owner, CancellationToken.None));
        Assert.Null(granted.Refusal);
        return granted.Id;
    }

    public CommandOutcome Execute(Command command) => Completed(Registry.ExecuteAsync(command, CancellationToken.None));

    /// <summary>Carries a command out that must be accepted.</summary>
    public CommandOutcome Do(Command command)
    {
        var outcome = Execute(command);
        Assert.Null(outcome.Refusal);
        return outcome;
    }

    /// <summary>Carries a command out that must be refused, and checks that nothing at all was changed.</summary>
    public RegistryError Refused(Command command)
    {
        Pump.Run();
        var before = (Registry.Revision, Registry.InstanceCount, Registry.Applications.CountEntries(), Registry.Interfaces.CountEntries());
        var outcome = Execute(command);
        Assert.NotNull(outcome.Refusal);
        Assert.Null(outcome.Application);
        Assert.Equal(before, (Registry.Revision, Registry.InstanceCount, Registry.Applications.CountEntries(), Registry.Interfaces.CountEntries()));
        Assert.Equal(0, Log.Reservations);
        return outcome.Refusal;
    }

    public CommandOutcome Register(LeaseId lease, string application, params InstanceDeclaration[] instances) =>
        Do(new RegisterCommand(Given.Name(application), "", lease, [.. instances], []));

    /// <summary>Registers one instance that runs a build of these interfaces.</summary>
    public CommandOutcome Serve(LeaseId lease, string application, string instance, params string[] interfaces) =>
        Do(new RegisterCommand(Given.Name(application), "", lease, [Given.Instance(instance)], [Given.Build(interfaces)]));

    public CommandOutcome Deregister(string application, params string[] instances) =>
        Do(new DeregisterCommand(Given.Name(application), "", [.. instances.Select(i => new InstanceRef(i, 0))], ownLease: null));

    public CommandOutcome Declare(string application, params string[][] builds) =>
        Do(new DeclareBuildsCommand(Given.Name(application), "", [.. builds.Select(Given.Build)]));

    public CommandOutcome Withdraw(string application, params string[][] builds) =>
        Do(new WithdrawBuildsCommand(Given.Name(application), "", [.. builds.Select(b => Build.Of(b).Id)]));

    public Instance Read(string application, string instance)
    {
        Assert.True(Registry.ReadApplication(Given.Name(application)).TryGetInstance(instance, out var found), $"{application} has no instance {instance}");
        return found;
    }

    public bool Has(string application, string instance) => Registry.ReadApplication(Given.Name(application)).TryGetInstance(instance, out _);

    /// <summary>Opens a stream whose client keeps a view, follows topics, and is checked at the end.</summary>
    public DrivenClient Watch(params Topic[] topics) => Watch(new ClientView(), null, topics);

    /// <summary>Opens a stream that goes on from a token.</summary>
    public DrivenClient Resume(ClientView held, params Topic[] topics)
    {
        ArgumentNullException.ThrowIfNull(held);
        var opening = new WatchOpening { Epoch = Registry.Epoch, Revision = held.Sync, Held = [.. held.Held] };
        return Watch(held.Resume(), opening, topics);
    }

    public DrivenClient Watch(ClientView view, WatchOpening? opening, params Topic[] topics)
    {
        ArgumentNullException.ThrowIfNull(view);
        var client = new DrivenClient(this, view, opening ?? new WatchOpening(), topics);
        _clients.Add((client.Sink, view));
        return client;
    }

    public void Dispose()
    {
        Pump.Run();
        Registry.Dispose();
        var violations = Log.Violations.ToList();
        if (Log.Reservations != 0)
            violations.Add($"{Log.Reservations} reservations of the log were neither used nor given back");
        foreach (var (sink, view) in _clients)
            violations.AddRange([.. sink.Violations, .. view.Violations]);
        if (IsAudited)
            violations.AddRange(RegistryAudit.Check(Registry));
        if (Registry.Failed.IsFaulted)
            violations.Add($"the registry failed: {Registry.Failed.Exception}");
        Assert.Empty(violations);
    }

    // On one machine in memory everything completes at once; a test that would wait for something else is wrong.
    private static T Completed<T>(ValueTask<T> task)
    {
        Assert.True(task.IsCompleted, "this completes at once");
#pragma warning disable VSTHRD002 // It is complete.
        return task.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
