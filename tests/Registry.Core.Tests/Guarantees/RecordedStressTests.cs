using System.Collections.Immutable;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;
using Registry.TestKit.Changes;
using Registry.TestKit.Core;
using Registry.TestKit.Guarantees;
using Registry.TestKit.Guarantees.Recording;
using Registry.TestKit.Ordering;
using Registry.TestKit.Threads;
using Registry.TestKit.Time;
using Xunit;

namespace Registry.Core.Tests.Guarantees;

/// <summary>
/// The real core under many writers, a clock that runs leases out, and watchers of four kinds: one that keeps up, one that reads slowly,
/// one that comes and goes and resumes, one that changes its subscriptions all the time. All that they saw is held against the history.
/// </summary>
[Trait("Suite", "Guarantees")]
public sealed class RecordedStressTests(ITestOutputHelper output)
{
    private const int Writers = 4;
    private const int OperationsPerWriter = 400;

    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(1);
    private static readonly string[] Applications = ["orders", "billing", "stock", "mail"];
    private static readonly string[] Interfaces = ["x.A", "x.B", "x.C", "x.D", "x.E"];
    private static readonly Topic[] Topics =
        [.. Applications.Append("nobody").Select(Given.Application), .. Interfaces.Append("x.Nobody").Select(Given.Interface)];

    [Theory]
    [InlineData(256)]
    [InlineData(1)]
    public Task Watchers_OfEveryKind_WhileEverythingChanges_GetWhatWasPromised(int stripes) => RunAsync(stripes, Random.Shared.Next(), order: null);

    [Fact]
    public async Task Watchers_OfARegistryThatIsOrderedElsewhere_GetWhatWasPromised()
    {
        var seed = Random.Shared.Next();
        DistantOrder? order = null;
        await RunAsync(stripes: 64, seed, parts => order = new DistantOrder(parts, new DistantStore(seed), deliversItself: true));
        output.WriteLine($"proof: decided anew: {order!.Conflicts}");
        Assert.True(order.Conflicts > 0, "no decision was ever overtaken: the order was not tried");
    }

    private async Task RunAsync(int stripes, int seed, Func<OrderParts, ICommandOrder>? order)
    {
        var clock = new DrivenClock();
        var log = new HistoryLog();
        var options = new RegistryOptions { Stripes = stripes };
        options.Limits.BuildRetention = TimeSpan.FromSeconds(1);
        options.Leases.ScanInterval = TimeSpan.FromMilliseconds(50);
        options.Watching.StallTimeout = TimeSpan.FromHours(1);
        using var registry = new ServiceRegistry(options, clock, log, static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false), order);
        registry.Start();
        var recorder = new WatchRecorder(clock);
        RestlessWatcher[] watchers =
        [
            new("prompt", recorder, registry, Topics, seed + 1) { ReadsAlways = true, Resumes = false, Churns = false },
            new("slow", recorder, registry, Topics, seed + 2) { ReadsAlways = false, Resumes = false, Churns = false },
            new("resuming", recorder, registry, Topics, seed + 3) { ReadsAlways = true, Resumes = true, Churns = false },
            new("restless", recorder, registry, Topics, seed + 4) { ReadsAlways = false, Resumes = true, Churns = true },
        ];

        var writing = Writers;
        List<Action> works = [() => DriveTime(clock, () => Volatile.Read(ref writing) > 0, new Random(seed))];
        for (var i = 0; i < Writers; i++)
        {
            var random = new Random(seed + 1_000 + i);
            works.Add(() =>
            {
                try
                {
                    Write(registry, random);
                }
                finally
                {
                    Interlocked.Decrement(ref writing);
                }
            });
        }

#pragma warning disable VSTHRD002 // These are threads of their own, on which nothing else waits.
        works.AddRange(watchers.Select(w => (Action)(() => w.RunAsync(() => Volatile.Read(ref writing) > 0).GetAwaiter().GetResult())));
#pragma warning restore VSTHRD002
        StartingGate.Run([.. works]);
        Settle(registry, clock, watchers, seed);

        var history = CommittedHistory.Of(log, registry.Epoch, options.UnmappedInterfaces);
        var recording = recorder.Finish(history, isQuiet: true);
        var broken = WatchGuarantees.Check(recording);
        Assert.True(broken.Count == 0, $"seed {seed}: {string.Join(Environment.NewLine, broken)}");
        Assert.Empty(watchers.SelectMany(w => w.Violations));
        output.WriteLine(
            $"seed {seed}: {history.Revision} revisions, {recording.Streams.Count} streams, {recording.Streams.Sum(s => s.Batches.Count)} batches, "
            + $"{recording.Observations.Count} observations; promises broken: 0");
        foreach (var watcher in watchers)
            await watcher.CloseAsync();
    }

    private static void DriveTime(DrivenClock clock, Func<bool> goOn, Random random)
    {
        while (goOn())
        {
            clock.Advance(TimeSpan.FromMilliseconds(random.Next(1, 200)));
            Thread.Yield();
        }
    }

    private static void Settle(ServiceRegistry registry, DrivenClock clock, RestlessWatcher[] watchers, int seed)
    {
        Assert.True(
            SpinWait.SpinUntil(
                () =>
                {
                    // Time brings the end of leases, and bookmarks to those who follow nothing of the last revision.
                    clock.Advance(TimeSpan.FromMilliseconds(50));
                    foreach (var watcher in watchers)
                        watcher.Sink.Release();
                    return registry.Pump.IsIdle && watchers.All(w => w.Sink.Batches is [.., var last] && last.Revision == registry.Revision && !w.Sink.IsInFlight);
                },
                TimeSpan.FromSeconds(60)),
            $"seed {seed}: Converging: when changes stop, every stream that is read reaches the last revision");
    }

    private static void Write(ServiceRegistry registry, Random random)
    {
        var lease = Grant(registry);
        for (var i = 0; i < OperationsPerWriter; i++)
        {
            // Pacing and no more: on few processors the writers would be done before the pump and the watchers have had a turn.
            if (i % 4 == 0)
                SpinWait.SpinUntil(() => registry.Pump.IsIdle, TimeSpan.FromMilliseconds(1));
            var application = Given.Name(Applications[random.Next(Applications.Length)]);
            Command? command = random.Next(100) switch
            {
                < 6 => new RegisterCommand(application, "", "holder", SomeInstances(random), [SomeBuild(random)]),
                < 40 => new RegisterCommand(application, "", lease, SomeInstances(random), [SomeBuild(random)]),
                < 55 => new UpdateCommand(application, "", [new InstancePatch { Instance = new InstanceRef($"i{random.Next(6)}", 0), Weight = random.Next(100) }]),
                < 70 => new DeregisterCommand(application, "", [.. SomeInstances(random).Select(d => new InstanceRef(d.Id, 0))], null),
                < 80 => new DeclareBuildsCommand(application, "", [SomeBuild(random)]),
                < 88 => new WithdrawBuildsCommand(application, "", [Build.Of(SomeInterfaces(random)).Id]),
                _ => null,
            };
            if (command is not null)
                Complete(registry.ExecuteAsync(command, CancellationToken.None));
            else if (registry.RenewLease(lease, "").Refusal is not null)
                lease = Grant(registry);
        }
    }

    private static LeaseId Grant(ServiceRegistry registry) => Complete(registry.GrantLeaseAsync(Ttl, "", CancellationToken.None)).Id;

    private static ImmutableArray<InstanceDeclaration> SomeInstances(Random random)
    {
        var first = random.Next(5);
        return [.. Enumerable.Range(first, random.Next(1, 4)).Select(i => Given.Instance($"i{i}", random.Next(1, 10)))];
    }

    private static string[] SomeInterfaces(Random random) => random.Next(3) == 0 ? Interfaces : ["x.A", Interfaces[random.Next(Interfaces.Length)]];

    private static BuildDeclaration SomeBuild(Random random) => Given.Build(SomeInterfaces(random));

    private static T Complete<T>(ValueTask<T> task)
    {
        Assert.True(task.IsCompleted);
#pragma warning disable VSTHRD002 // It is complete.
        return task.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
