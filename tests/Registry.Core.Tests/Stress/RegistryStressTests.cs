using System.Collections.Immutable;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;
using Registry.TestKit.Audits;
using Registry.TestKit.Changes;
using Registry.TestKit.Core;
using Registry.TestKit.Threads;
using Registry.TestKit.Time;
using Xunit;

namespace Registry.Core.Tests.Stress;

/// <summary>
/// Everything at once: many writers on few names and shared interfaces, leases that run out, are revoked and taken over, builds that
/// retire, and clients that come, lag, go and resume, with the real pump on the real thread pool. Ends with the audit, and with
/// every client's recording compared with the history, Sync by Sync.
/// </summary>
/// <remarks>
/// How it was seen to fail, in three runs each (release build, two busy processors): without the application stripe in every run
/// ("the registry counts 2 instances and has 0", gaps); without the interface stripes in two (a mapping names a build that its
/// application does not have); without the commit
/// section's lock in two ("revision 5329 after 5331"; never with one stripe, which does the same work); with batches that
/// do not wait until the pump has come to what was read (NotBefore) in every run.
/// </remarks>
public sealed class RegistryStressTests : IDisposable
{
    private const int Writers = 4;
    private const int Clients = 3;
    private const int OperationsPerWriter = 1_500;

    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(1);
    private static readonly string[] Applications = ["orders", "billing", "stock", "mail"];
    private static readonly string[] Interfaces = ["x.A", "x.B", "x.C", "x.D", "x.E", "x.F", "grpc.health.v1.Health"];
    private static readonly Topic[] Topics =
        [.. Applications.Append("nobody").Select(Given.Application), .. Interfaces.Append("x.Nobody").Select(Given.Interface)];

    private readonly DrivenClock _clock = new();
    private readonly HistoryLog _log = new();
    private readonly LeaseId[] _leases = new LeaseId[8];
    private ServiceRegistry _registry = null!;

    [Theory]
    [InlineData(256)]
    [InlineData(1)]
    public async Task Everything_AtOnce_LeavesTheRegistryWholeAndEveryClientRight(int stripes)
    {
        var seed = Random.Shared.Next();
        var options = new RegistryOptions { Stripes = stripes };
        options.Limits.BuildRetention = TimeSpan.FromSeconds(1);
        options.Leases.ScanInterval = TimeSpan.FromMilliseconds(50);
        options.Watching.StallTimeout = TimeSpan.FromHours(1);
        var registry = _registry = new ServiceRegistry(
            options, _clock, _log, static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false));
        registry.Start();
        for (var i = 0; i < _leases.Length; i++)
            _leases[i] = await GrantAsync();

        RoamingClient[] clients = [.. Enumerable.Range(0, Clients).Select(i => new RoamingClient(registry, Topics, seed + i))];
        var writing = Writers;
        var works = new List<Action> { () => DriveTime(() => Volatile.Read(ref writing) > 0, new Random(seed)), };
        works.AddRange(Enumerable.Range(0, Writers).Select(i => (Action)(() =>
        {
            try
            {
                Write(new Random(seed + 1_000 + i));
            }
            finally
            {
                Interlocked.Decrement(ref writing);
            }
        })));
#pragma warning disable VSTHRD002 // These are threads of their own, on which nothing else waits.
        works.AddRange(clients.Select(client => (Action)(() => client.RoamAsync(() => Volatile.Read(ref writing) > 0).GetAwaiter().GetResult())));
#pragma warning restore VSTHRD002

        try
        {
            StartingGate.Run([.. works]);
        }
        catch (TimeoutException hang) when (registry.Failed.IsFaulted)
        {
            throw new AggregateException(hang, registry.Failed.Exception!);
        }

        Settle(clients);

        var violations = RegistryAudit.Check(registry).ToList();
        foreach (var client in clients)
            violations.AddRange(client.Validate(_log));
        violations.AddRange(_log.Violations);
        if (_log.Reservations != 0)
            violations.Add($"{_log.Reservations} reservations of the log were neither used nor given back");
        violations.AddRange(CheckReplay());
        Assert.True(violations.Count == 0, $"seed {seed}: {string.Join(Environment.NewLine, violations.Take(20))}");

        await EndAsync(clients, seed);
    }

    public void Dispose() => _registry.Dispose();

    // Afterwards all leases run out, which leaves what has a holder; that is deregistered, all builds retire, all clients leave: nothing
    // may stay behind.
    private async Task EndAsync(RoamingClient[] clients, int seed)
    {
        _clock.Advance(TimeSpan.FromMinutes(3));
        Settle(clients);
        Assert.Equal((_registry.Commits.UnleasedCount, 0), (_registry.InstanceCount, _registry.LeaseCount));
        foreach (var application in _registry.Applications.ReadAll().Where(a => a.Instances.Length > 0).ToArray())
        {
            Assert.All(application.Instances, i => Assert.Equal(("holder-", InstanceState.Up), (i.Holder[..7], i.State)));
            Execute(new DeregisterCommand(application.Name, "", [.. application.Instances.Select(i => new InstanceRef(i.Id, i.Incarnation))], null));
        }

        _clock.Advance(TimeSpan.FromMinutes(3));
        Settle(clients);
        Assert.Equal((0, 0), (_registry.InstanceCount, _registry.LeaseCount));
        Assert.Equal((0, 0), (_registry.Applications.CountEntries(), _registry.Interfaces.CountEntries()));
        foreach (var client in clients)
        {
            Assert.Empty(client.Validate(_log));
            await client.CloseAsync();
        }

        Assert.True(_registry.Pump.FeedCount == 0, $"seed {seed}: {_registry.Pump.FeedCount} feeds without followers");
        Assert.False(_registry.Failed.IsFaulted, $"seed {seed}: {_registry.Failed.Exception}");
    }

    // The tables are a function of the log: replayed into an empty registry it leads to the same.
    private IEnumerable<string> CheckReplay()
    {
        var model = new HistoryModel(_registry.Options.UnmappedInterfaces);
        foreach (var (revision, change) in _log.Changes)
            model.Apply(revision, change);
        return model.DifferencesOf(_registry, Topics);
    }

    private void DriveTime(Func<bool> goOn, Random random)
    {
        while (goOn())
        {
            if (random.Next(500) == 0)
                _clock.Jump(TimeSpan.FromSeconds(random.Next(1, 30)));
            else
                _clock.Advance(TimeSpan.FromMilliseconds(random.Next(1, 200)));
            Thread.Yield();
        }
    }

    private void Settle(RoamingClient[] clients)
    {
        // Two runs of the expiry: the first finishes what the writers left, the second sees the words as they are.
        _clock.Advance(_registry.Options.Leases.ScanInterval * 2);
        Assert.True(
            SpinWait.SpinUntil(
                () =>
                {
                    // Ticks bring bookmarks, and with them the last revision to those who follow nothing of it.
                    _clock.Advance(TimeSpan.FromMilliseconds(1));
                    _registry.Pump.Post(new Registry.Core.Watching.PumpRequest(Registry.Core.Watching.PumpRequestKind.Tick, null));
                    foreach (var client in clients)
                        client.Sink.Release();
                    return clients.All(c => c.Sink.Batches is [.., var last] && last.Revision == _registry.Revision && !c.Sink.IsInFlight)
                        && _registry.Pump.IsIdle;
                },
                TimeSpan.FromSeconds(60)),
            "Converging: when changes stop, every stream that is read reaches the last revision");
    }

    private void Write(Random random)
    {
        for (var i = 0; i < OperationsPerWriter; i++)
        {
            var application = Given.Name(Applications[random.Next(Applications.Length)]);
            var slot = random.Next(_leases.Length);

            // Pacing and no more: on few processors the writers would be done before the pump and the clients have had a turn.
            if (i % 8 == 0)
                SpinWait.SpinUntil(() => _registry.Pump.IsIdle, TimeSpan.FromMilliseconds(1));
            var lease = _leases[slot];
            switch (random.Next(100))
            {
                case < 28:
                    Execute(new RegisterCommand(application, "", lease, SomeInstances(random), [SomeBuild(random)]));
                    break;
                case < 35:
                    Execute(new RegisterCommand(application, "", $"holder-{random.Next(2)}", SomeInstances(random), [SomeBuild(random)]));
                    break;
                case < 50:
                    Execute(new UpdateCommand(application, "", [SomePatch(random, application)]));
                    break;
                case < 65:
                    Execute(new DeregisterCommand(application, "", [.. SomeInstances(random).Select(d => new InstanceRef(d.Id, 0))], random.Next(2) == 0 ? lease : null));
                    break;
                case < 82:
                    if (_registry.RenewLease(lease, "").Refusal is not null)
                        _leases[slot] = Grant();
                    break;
                case < 83:
                    Complete(_registry.RevokeLeaseAsync(lease, "", CancellationToken.None));
                    _leases[slot] = Grant();
                    break;
                case < 92:
                    Execute(new DeclareBuildsCommand(application, "", [SomeBuild(random)]));
                    break;
                case < 98:
                    Execute(new WithdrawBuildsCommand(application, "", [Build.Of(SomeInterfaces(random)).Id]));
                    break;
                default:
                    ReadTogether(random);
                    break;
            }
        }
    }

    // What a read returns joins: instances whose build the mapping lists are there at that revision or later ones are not.
    private void ReadTogether(Random random)
    {
        var name = Given.Name(Interfaces[random.Next(Interfaces.Length)]);
        var read = _registry.ReadTogether([name], []);
        Assert.All(read.Applications, a => Assert.True(a.Revision <= read.Revision));
        foreach (var mapped in read.Mappings[0].Applications)
        {
            var application = read.Applications.Single(a => a.Name.Name == mapped.Application);
            Assert.All(mapped.Builds, build => Assert.NotNull(application.FindBuild(build)));
        }
    }

    private void Execute(Command command)
    {
        var outcome = Complete(_registry.ExecuteAsync(command, CancellationToken.None));

        // Read your writes.
        if (outcome.Refusal is null)
            Assert.True(_registry.Revision >= outcome.Revision);
        else
            Assert.Contains(outcome.Refusal.Kind, new[] { ErrorKind.NotFound, ErrorKind.FailedPrecondition });
    }

    private LeaseId Grant() => Complete(_registry.GrantLeaseAsync(Ttl, "", CancellationToken.None)).Id;

    private async Task<LeaseId> GrantAsync() => (await _registry.GrantLeaseAsync(Ttl, "", CancellationToken.None)).Id;

    private static ImmutableArray<InstanceDeclaration> SomeInstances(Random random)
    {
        var first = random.Next(6);
        return [.. Enumerable.Range(first, random.Next(1, 4)).Select(i => Given.Instance($"i{i}", random.Next(1, 10)))];
    }

    private static string[] SomeInterfaces(Random random) =>
        random.Next(3) switch
        {
            0 => ["x.A", Interfaces[random.Next(Interfaces.Length)]],
            1 => [Interfaces[random.Next(Interfaces.Length)]],
            _ => Interfaces,
        };

    private static BuildDeclaration SomeBuild(Random random) => Given.Build(SomeInterfaces(random));

    private InstancePatch SomePatch(Random random, QualifiedName application)
    {
        var builds = _registry.ReadApplication(application).Builds;
        return new InstancePatch
        {
            Instance = new InstanceRef($"i{random.Next(8)}", 0),
            Weight = random.Next(100),
            BuildId = builds.IsEmpty || random.Next(3) == 0 ? "" : builds[random.Next(builds.Length)].Build.Id,
        };
    }

    private static T Complete<T>(ValueTask<T> task)
    {
        Assert.True(task.IsCompleted);
#pragma warning disable VSTHRD002 // It is complete.
        return task.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
