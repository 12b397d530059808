using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Leases;
using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.TestKit.Audits;
using Registry.TestKit.Core;
using Registry.TestKit.Time;
using Registry.TestKit.Watching;
using Xunit;

namespace Registry.Core.Tests.Watching;

/// <summary>Tests that look at the size of the heap: they run when no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class HeapTests
{
    public const string Name = "Heap";
}

/// <summary>Who leaves, leaves nothing behind: no subscription, no stream, no timer, no topic, no byte.</summary>
[Collection(HeapTests.Name)]
public sealed class LeavingTests : IDisposable
{
    // The smallest object has 24 bytes: below that, not one object stays per cycle. The runtime counts in pieces of 8 KiB, which is what
    // the room is for.
    private const double Bound = 20;
    private const int Cycles = 1_000;

    // Applications that nobody follows but those who come and go: their topics are kept for a while after each.
    private const int Standing = 50;

    // No log that remembers, no client that keeps what it was told: all that could grow is the registry's.
    private readonly DrivenClock _clock = new();
    private readonly ManualPump _pump = new();
    private readonly ServiceRegistry _registry;
    private readonly ITestOutputHelper _output;
    private readonly LeaseId _lease;
    private readonly RecordingSink _steady = new();
    private readonly (WatchCensus, int, int) _start;
    private int _cycle;

    public LeavingTests(ITestOutputHelper output)
    {
        _output = output;
        var options = new RegistryOptions();
        options.Leases.MaxTtl = TimeSpan.FromDays(30);

        // Small, so that it is full before the first measurement: what is kept for those who come back is bounded, and no leak.
        options.Watching.WindowBytes = 20_000;
        _registry = new ServiceRegistry(options, _clock, new MemoryChangeLog(), _pump.Schedule);
        _registry.Start();
        _lease = Completed(_registry.GrantLeaseAsync(TimeSpan.FromDays(30), "", CancellationToken.None)).Id;

        // Somebody who stays: the start values are not all zero, and the topics have a follower who is told of every change.
        RegisterOrders(1);
        for (var i = 0; i < Standing; i++)
            Register($"standing-{i}");
        _steady.Open(_registry, new WatchOpening { Subscriptions = [(1, Given.Interface("x.Y"))] });
        _pump.Run();
        _steady.Take();
        _start = Census();
    }

    [Fact]
    public void TenThousandStreams_OpenedAndClosed_LeaveNoSubscriptionStreamTimerTopicOrByte()
    {
        var slope = Measure(isLeak: false, OpenAndClose);

        Assert.True(slope.IsZeroWithin(Bound), $"the heap grows: {slope}");
        AssertAsAtTheStart();
    }

    [Fact]
    public void TenThousandSubscriptions_MadeAndEndedOnALivingStream_LeaveNoSubscriptionStreamTimerTopicOrByte()
    {
        var sink = new RecordingSink();
        var stream = sink.Open(_registry, new WatchOpening());
        ulong id = 0;
        var slope = Measure(isLeak: false, cycles => SubscribeAndEnd(sink, ref id, cycles));

        Assert.True(slope.IsZeroWithin(Bound), $"the heap grows: {slope}");
        Assert.Equal((_registry.WatchCounters.Streams, _registry.WatchCounters.Subscriptions), (2, 1));
        Assert.Empty(stream.Followed);
        _ = stream.CloseAsync();
        AssertAsAtTheStart();
    }

    [Fact]
    public void AHundredBytesThatStayPerCycle_AreNoticedByTheSameMeasure()
    {
        var left = new object[HeapSlope.MaxBlocks * Cycles];
        var count = 0;
        var slope = Measure(isLeak: true, cycles =>
        {
            OpenAndClose(cycles);

            // With the head of an array these are 104 bytes.
            for (var i = 0; i < cycles; i++)
                left[count++] = new byte[76];
        });
        GC.KeepAlive(left);

        Assert.True(slope.IsAbove(Bound), $"a leak is not noticed: {slope}");
        Assert.InRange(slope.BytesPerCycle, 104 - Bound, 104 + Bound);
    }

    public void Dispose() => _registry.Dispose();

    // Each cycle: a stream that follows what is there, what is not and what comes and goes, a change that it is told, and an end:
    // in the middle of a batch or between two, with subscriptions or after they were ended.
    private void OpenAndClose(int cycles)
    {
        for (var i = 0; i < cycles; i++)
        {
            var n = ++_cycle;
            var passing = $"passing-{n}";
            var sink = new RecordingSink { IsGated = n % 3 == 0 };
            var stream = sink.Open(_registry, new WatchOpening
            {
                Subscriptions =
                [
                    (1, Given.Interface("x.Y")),
                    (2, Given.Application(passing)),
                    (3, Given.Interface($"nobody.I{n}")),
                    (4, StandingTopic(n)),
                ],
            });
            if (n % 4 != 0)
                _pump.Run();
            RegisterOrders(1 + (n % 60_000));
            Register(passing);
            if (n % 2 == 0)
                _pump.Run();
            if (n % 5 == 0)
                Done(stream.UnsubscribeAsync(2, CancellationToken.None));
            Deregister(passing);
            Done(stream.SubscribeAsync(5, Given.Application($"nobody-{n}"), CancellationToken.None));
            if (n % 7 != 0)
                _pump.Run();
            var closed = stream.CloseAsync();
            _pump.Run();
            Assert.True(closed.IsCompletedSuccessfully);
            _steady.Take();
        }
    }

    private void SubscribeAndEnd(RecordingSink sink, ref ulong id, int cycles)
    {
        for (var i = 0; i < cycles; i++)
        {
            var n = ++_cycle;
            Topic[] topics = [Given.Interface("x.Y"), StandingTopic(n), Given.Application($"nobody-{n}"), Given.Interface($"nobody.I{n}")];
            var topic = topics[n % topics.Length];
            Done(sink.Stream.SubscribeAsync(++id, topic, CancellationToken.None));
            if (n % 3 != 0)
                _pump.Run();
            RegisterOrders(1 + (n % 60_000));
            if (n % 5 != 0)
                _pump.Run();
            Done(sink.Stream.UnsubscribeAsync(id, CancellationToken.None));
            _pump.Run();
            sink.Take();
            _steady.Take();
        }
    }

    private HeapSlope Measure(bool isLeak, Action<int> block)
    {
        var slope = HeapSlope.MeasureUntilClear(Bound, isLeak, Cycles, cycles =>
        {
            block(cycles);
            Assert.InRange(_registry.Pump.IdleFeedCount, 1, Standing + 1);
            PassRetention();
        });
        _output.WriteLine($"bound {Bound} bytes per cycle; {slope}");
        return slope;
    }

    // What is kept for those who come back goes after this time.
    private void PassRetention()
    {
        var second = TimeSpan.FromSeconds(1);
        for (var passed = TimeSpan.Zero; passed < _registry.Options.Watching.WindowRetention + (2 * second); passed += second)
        {
            _clock.Advance(second);
            _pump.Run();
            _steady.Take();
        }
    }

    private void AssertAsAtTheStart()
    {
        PassRetention();
        Assert.Equal(0, _registry.Pump.IdleFeedCount);
        Assert.Equal(_start, Census());
        Assert.Empty(RegistryAudit.Check(_registry));
        Assert.Empty(_steady.Violations);
        _output.WriteLine($"at the end as at the start: {_start}");
    }

    private (WatchCensus Watching, int Timers, int Leases) Census() => (WatchCensus.Of(_registry), _clock.Timers, _registry.LeaseCount);

    private static Topic StandingTopic(int n) => Given.Application($"standing-{n % Standing}");

    private void RegisterOrders(int port) =>
        Execute(new RegisterCommand(Given.Name("orders"), "", _lease, [Given.Instance("a", port)], [Given.Build("x.Y")]));

    private void Register(string application) =>
        Execute(new RegisterCommand(Given.Name(application), "", _lease, [Given.Instance("a")], []));

    private void Deregister(string application) =>
        Execute(new DeregisterCommand(Given.Name(application), "", [new InstanceRef("a", 0)], ownLease: null));

    private void Execute(Command command) => Assert.Null(Completed(_registry.ExecuteAsync(command, CancellationToken.None)).Refusal);

    private static T Completed<T>(ValueTask<T> task)
    {
        Assert.True(task.IsCompleted, "this completes at once");
#pragma warning disable VSTHRD002 // It is complete.
        return task.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    private static void Done(Task posted) => Assert.True(posted.IsCompletedSuccessfully);
}
