using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Registry.Core;
using Registry.EndToEnd.Tests.Raw;
using Registry.Protocol.V1;
using Registry.TestKit;
using Registry.TestKit.Audits;
using Xunit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>
/// What the server holds for clients that never read. For each: its connection and its call; one batch that is under way, whose messages
/// and their encoded forms it shares with all who are told the same (who was blocked at another time holds another one: at most one
/// snapshot of its topics); of these one part of at most 64 KiB in its pipe, as the next is written only when this one has gone out; and
/// one mark per topic. Nothing of it grows with what changes.
/// </summary>
[Collection(HeapTests.Name)]
public sealed class NeverReadingMemoryTests(ITestOutputHelper output) : DrivenServerTest
{
    private const int Deaf = 50;
    private const int Instances = 300;
    private const int MetadataBytes = 1_000;

    // One part in the pipe, in blocks of 4 KiB, and the rest: the connection, its buffers and the call, at both ends.
    private const long MaxBytesPerClient = (64 + 64) * 1024;

    // A stream that queued what changes would hold a reference to each change at least: 8 bytes for each of 50 clients, 400 per change.
    private const double Bound = 200;

    private static readonly int Changes = 50 * Effort.Times;

    // Small, so that it is full before the first measurement.
    protected override IReadOnlyDictionary<string, string?> Options =>
        new Dictionary<string, string?> { ["Watching:WindowBytes"] = "50000" };

    private ServiceRegistry Registry => Host.Services.GetRequiredService<ServiceRegistry>();

    [Fact]
    public async Task ClientsThatNeverRead_HoldABoundedAmountEach_HoweverMuchChanges()
    {
        var lease = await GrantAsync(TimeSpan.FromHours(24));
        var revision = await RegisterManyAsync(lease, "large", Instances, MetadataBytes);
        await using var reading = Follower.Open(Discovery, Follower.Application("large"));
        await reading.ReachesAsync(revision);
        await ChangeManyAsync(lease, reading, 200);

        // As many as are measured, once before: what pools keep is not what clients hold.
        await LeaveAsync(await OpenAsync());
        await ChangeManyAsync(lease, reading, 50);
        var before = HeapSlope.Collected();
        var deaf = await OpenAsync();
        var held = (HeapSlope.Collected() - before) / Deaf;
        var slope = await HeapSlope.MeasureUntilClearAsync(Bound, isLeak: false, Changes, changes => ChangeManyAsync(lease, reading, changes));

        output.WriteLine(
            $"{held} bytes per client that never reads, at most {MaxBytesPerClient}; bound {Bound} bytes per change for all; {slope}");
        Assert.All(deaf, watch => Assert.False(watch.Call.Ended.IsCompleted));
        Assert.All(deaf, watch => Assert.Equal(0, watch.Call.BodyLength));
        Assert.InRange(held, 1, MaxBytesPerClient);
        Assert.True(slope.IsZeroWithin(Bound), $"what is held grows with what changes: {slope}");
        await LeaveAsync(deaf);
    }

    // With no window at all the server can't send a byte of an answer of more than 300 KB.
    private async Task<List<RawWatch>> OpenAsync()
    {
        var watches = new List<RawWatch>();
        for (var i = 0; i < Deaf; i++)
        {
            watches.Add(await RawWatch.OpenAsync(
                await RawConnection.ConnectAsync(Host.GrpcAddress, isGenerous: false, initialWindow: 0),
                new Open { Subscriptions = { Follower.SubscribeTo(1, Follower.Application("large")) } }));
        }

        // Each has its headers, and its first batch is under way.
        await Within.BecomesAsync("answers begin", Deaf, () => watches.Count(w => w.Call[":status"] == "200"));
        await Within.BecomesAsync("the pump", true, () => WatchCensus.IsQuiet(Registry));
        return watches;
    }

    private async Task LeaveAsync(List<RawWatch> watches)
    {
        foreach (var watch in watches)
            await watch.Connection.DisposeAsync();
        await Within.BecomesAsync("who left", 2, () => (int)Registry.WatchCounters.Streams);
    }

    private async Task ChangeManyAsync(ByteString lease, Follower reading, int changes)
    {
        for (var i = 0; i < changes; i++)
        {
            var spec = Declare.Instance($"i-{i % Instances:00000}", port: (uint)(i + 1));
            spec.Metadata["k"] = new string('v', MetadataBytes);
            var request = new RegisterRequest { Application = "large", LeaseId = lease, Instances = { spec } };
            await reading.ReachesAsync((await Registration.RegisterAsync(request)).Revision);
        }
    }
}
