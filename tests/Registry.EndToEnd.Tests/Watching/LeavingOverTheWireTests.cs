using Microsoft.Extensions.DependencyInjection;
using Registry.Core;
using Registry.EndToEnd.Tests.Raw;
using Registry.Protocol.V1;
using Registry.TestKit;
using Registry.TestKit.Audits;
using Xunit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>Who leaves, over sockets, leaves nothing behind: no subscription, no stream, no timer, no topic, no byte.</summary>
[Collection(HeapTests.Name)]
public sealed class LeavingOverTheWireTests(ITestOutputHelper output) : DrivenServerTest
{
    // Of server and client together, with sockets, pipes and pools. A stream that stayed would be some ten thousand.
    private const double Bound = 60;

    private const int StreamsPerConnection = 25;

    // Ten blocks of this are measured, after two that are not.
    private static readonly int Cycles = 200 * Effort.Times;

    // Small, so that it is full before the first measurement.
    protected override IReadOnlyDictionary<string, string?> Options =>
        new Dictionary<string, string?> { ["Watching:WindowBytes"] = "10000" };

    private ServiceRegistry Registry => Host.Services.GetRequiredService<ServiceRegistry>();

    [Fact]
    public async Task TwoThousandStreams_OpenedAndLeft_LeaveNoSubscriptionStreamTimerTopicOrByte()
    {
        var lease = await GrantAsync(TimeSpan.FromHours(24));
        await RegisterManyAsync(lease, "orders", 20, 0, "", "x.X");
        await QuietAsync(streams: 1);
        var (start, timers) = (WatchCensus.Of(Registry), Clock.Timers);

        var slope = await MeasureAsync(lease, isLeak: false, _ => { });

        Assert.True(slope.IsZeroWithin(Bound), $"the heap grows: {slope}");
        Assert.Equal((start, timers), (WatchCensus.Of(Registry), Clock.Timers));
        output.WriteLine($"at the end as at the start: {start}, {timers} timers");
    }

    [Fact]
    public async Task TwoHundredBytesThatStayPerStream_AreNoticedByTheSameMeasure()
    {
        var lease = await GrantAsync(TimeSpan.FromHours(24));
        await RegisterManyAsync(lease, "orders", 20, 0, "", "x.X");
        var left = new object[HeapSlope.MaxBlocks * Cycles];
        var count = 0;

        var slope = await MeasureAsync(lease, isLeak: true, cycles =>
        {
            for (var i = 0; i < cycles; i++)
                left[count++] = new byte[176];
        });

        GC.KeepAlive(left);
        Assert.True(slope.IsAbove(Bound), $"a leak is not noticed: {slope}");
    }

    private async Task<HeapSlope> MeasureAsync(Google.Protobuf.ByteString lease, bool isLeak, Action<int> leak)
    {
        // Many more at once than later: pools keep as much as was ever in use at a time, and shall not find a new height later.
        for (var round = 0; round < 5; round++)
            await Task.WhenAll(Enumerable.Range(0, 4).Select(i => ComeAndGoAsync(lease, (4 * round) + i, 100)));

        var slope = await HeapSlope.MeasureUntilClearAsync(Bound, isLeak, Cycles, async cycles =>
        {
            for (var opened = 0; opened < cycles; opened += StreamsPerConnection)
                await ComeAndGoAsync(lease, opened / StreamsPerConnection, StreamsPerConnection);
            leak(cycles);

            // What is kept for those who come back goes after its retention. In one step: nobody is left for whom that would be a pause,
            // and the probe remembers each of its questions.
            await QuietAsync(streams: 1);
            Clock.Advance(TimeSpan.FromSeconds(130));
            await QuietAsync(streams: 1);
        });
        output.WriteLine($"bound {Bound} bytes per stream; {slope}");
        return slope;
    }

    // A connection with its streams: they follow what is there and what is not, are told a change, and leave in every way that there is.
    private async Task ComeAndGoAsync(Google.Protobuf.ByteString lease, int round, int streams)
    {
        var connection = await RawConnection.ConnectAsync(Host.GrpcAddress);
        var watches = new List<RawWatch>();
        for (var i = 0; i < streams; i++)
        {
            watches.Add(await RawWatch.OpenAsync(connection, new Open
            {
                Subscriptions =
                {
                    Follower.SubscribeTo(1, Follower.Interface("x.X")),
                    Follower.SubscribeTo(2, Follower.Application($"nobody-{Clock.Elapsed.Ticks}-{i}")),
                },
            }));
        }

        // Some leave before they are answered.
        await RawWatch.AllReachAsync([.. watches.Where((_, i) => i % 5 != 0)], 0, "first answer");
        var registered = await RegisterAsync(lease, "orders", $"i-{round % 20:00000}", "x.X");
        foreach (var watch in watches.Where((_, i) => i % 5 == 0))
            await watch.Call.ResetAsync();
        await RawWatch.AllReachAsync([.. watches.Where((_, i) => i % 5 > 1)], registered.Revision, "a change");
        foreach (var watch in watches.Where((_, i) => i % 5 == 1))
            await watch.Call.ResetAsync();
        if (round % 2 == 0)
            connection.Break();
        await connection.DisposeAsync();
    }

    private async Task QuietAsync(int streams)
    {
        await Within.BecomesAsync("who left", streams, () => (int)Registry.WatchCounters.Streams);
        await Within.BecomesAsync("the pump", true, () => WatchCensus.IsQuiet(Registry));
    }
}
