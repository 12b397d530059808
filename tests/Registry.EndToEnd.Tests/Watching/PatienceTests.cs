using Google.Protobuf;
using Grpc.Core;
using Registry.EndToEnd.Tests.Raw;
using Registry.Protocol.V1;
using Registry.TestKit;
using Xunit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>How long the server waits for whom.</summary>
public sealed class PatienceTests : DrivenServerTest
{
    private const string Watch = "/registry.v1.Discovery/Watch";
    private const int EnhanceYourCalm = 0xb;

    private static readonly byte[] OpenLarge = RawConnection.Message(
        new WatchRequest { Open = new Open { Subscriptions = { Follower.SubscribeTo(1, Follower.Application("large")) } } }.ToByteArray());

    [Fact]
    public async Task StreamThatSaysNothing_IsEndedAfterThirtySeconds()
    {
        // On a connection that stands already, so that the one timer that is added is the stream's.
        await Discovery.ListApplicationsAsync(new ListApplicationsRequest());
        var before = Clock.Timers;
        using var call = Discovery.Watch();
        var answer = call.ResponseStream.MoveNext();
        await Within.BecomesAsync("silent stream", before + 1, () => Clock.Timers);
        await PassAsync(TimeSpan.FromSeconds(29));
        Assert.False(answer.IsCompleted);
        await PassAsync(TimeSpan.FromSeconds(2));
        await RefusedAsync(answer, StatusCode.InvalidArgument, "INVALID_FIELD", "open");
    }

    [Fact]
    public async Task SignOfLife_ComesEveryTenSeconds()
    {
        await using var follower = Follower.Open(Discovery, Follower.Application("orders"));
        await follower.UntilAsync("first answer", "a Sync", f => f.Syncs == 1);
        for (var i = 2; i < 8; i++)
        {
            await PassAsync(TimeSpan.FromSeconds(10));
            await follower.UntilAsync("bookmark", $"Sync {i}", f => f.Syncs == i);
            Assert.Equal(0, follower.Revision);
            Assert.Single(follower.LastBatch);
        }
    }

    [Fact]
    public async Task ClientThatNeverReads_IsReset_AndDelaysNobody()
    {
        var lease = await GrantAsync();
        await RegisterManyAsync(lease, "large", 300, 2_000);
        await using var deaf = await RawConnection.ConnectAsync(Host.GrpcAddress, isGenerous: false);
        var call = await deaf.CallAsync(Watch);
        await call.SendDataAsync(OpenLarge);
        await Within.HoldsAsync("a client that never reads", "its window full", () => call.BodyLength, length => length == 65_535);

        await using var other = Follower.Open(Discovery, Follower.Application("large"));
        for (var second = 0; second < 29; second++)
        {
            await PassAsync(TimeSpan.FromSeconds(1));
            await other.ReachesAsync((await RegisterAsync(lease, "large", $"s{second}")).Revision);
        }

        Assert.Equal(1, await WatchesAsync("stalled"));
        Assert.False(call.Ended.IsCompleted, call.ToString());
        await PassAsync(TimeSpan.FromSeconds(3));
        await call.EndAsync();
        Assert.Equal(EnhanceYourCalm, call.ResetCode);
        Assert.Equal(1, await WatchesAsync("stalledResets"));

        // The connection is not to blame, and serves as soon as there is room on it.
        await deaf.OpenWindowAsync(0, 65_535);
        var next = await deaf.UnaryAsync("/registry.v1.Discovery/ListApplications", new ListApplicationsRequest().ToByteArray());
        Assert.True(next.GrpcStatus is StatusCode.OK, next.ToString());
        await WatchesBecomeAsync("streams", 2);
    }

    [Fact]
    public async Task ClientThatDoesNotRead_AndBreaksARule_IsLetGo()
    {
        // Its status can't reach it. The call must end all the same, or it stays as long as the connection does.
        await RegisterManyAsync(await GrantAsync(), "large", 300, 2_000);
        await using var deaf = await RawConnection.ConnectAsync(Host.GrpcAddress, isGenerous: false);
        var call = await deaf.CallAsync(Watch);
        await call.SendDataAsync(OpenLarge);
        await Within.HoldsAsync("a client that does not read", "its window full", () => call.BodyLength, length => length == 65_535);
        await call.SendDataAsync(OpenLarge);
        await call.EndAsync();
        Assert.NotNull(call.ResetCode);
    }

    [Fact]
    public async Task ClientThatReadsSlowly_GetsAllOfIt_HoweverLongThatTakes()
    {
        // Each piece takes 10 s, all of it several times the 30 s after which a client that takes nothing is given up.
        await RegisterManyAsync(await GrantAsync(), "large", 500, 2_000);
        await using var slow = await RawConnection.ConnectAsync(Host.GrpcAddress, isGenerous: false);
        var call = await slow.CallAsync(Watch);
        await call.SendDataAsync(OpenLarge);
        long length = 65_535;
        var pieces = 0;
        while (true)
        {
            await Within.HoldsAsync("slow client", $"{length} bytes or the end of the batch", () => call.BodyLength, l => l >= length || EndsWithSync(call));
            if (EndsWithSync(call))
                break;
            Assert.False(call.Ended.IsCompleted, $"after {pieces} pieces and {Clock.Elapsed}: {call}");
            await PassAsync(TimeSpan.FromSeconds(10));
            await slow.OpenWindowAsync(call.Id, 65_535);
            length = call.BodyLength + 65_535;
            pieces++;
        }

        Assert.InRange(pieces, 12, 40);
        Assert.Equal(0, await WatchesAsync("stalledResets"));
    }

    [Fact]
    public async Task StoppedClient_IsGivenUp_GoesOn_AndResumesToTheSameState()
    {
        var lease = await GrantAsync();
        await RegisterManyAsync(lease, "large", 200, 1_000);
        await using var relay = Relay.To(Host.GrpcAddress);
        using var channel = ChannelTo(relay);
        await using var stopped = Follower.Open(new(channel), Follower.Application("large"));
        await using var other = Follower.Open(Discovery, Follower.Application("large"));
        await stopped.UntilAsync("first answer", "large", f => f.Held.Count == 1);
        relay.StopReading();

        // Enough to fill what lies between: windows, sockets, pipes.
        for (var round = 0; round < 40 && await WatchesAsync("stalled") == 0; round++)
        {
            await other.ReachesAsync(await RegisterManyAsync(lease, "large", 200, 4_000, $"{round}"));
            await PassAsync(TimeSpan.FromSeconds(12));
        }

        await PassAsync(TimeSpan.FromSeconds(32));
        Assert.Equal(1, await WatchesAsync("stalledResets"));
        relay.GoOn();
        var end = Assert.IsType<RpcException>(await Within.DeadlineAsync(stopped.Ended, "a client that was stopped", "the stream's end", stopped.ToString));
        Assert.Equal(StatusCode.ResourceExhausted, end.StatusCode);
        await using var resumed = Follower.Open(new(channel), stopped, Follower.Application("large"));
        await AssertSameAsReadAsync("large", resumed, other);
    }

    // The last frame of a batch is a short one: field 3 of the answer.
    private static bool EndsWithSync(RawStream call)
    {
        var body = call.Body.AsSpan();
        while (body.Length >= 5)
        {
            var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(body[1..]);
            if (body.Length < 5 + length)
                return false;
            if (WatchResponse.Parser.ParseFrom(body.Slice(5, length)).KindCase == WatchResponse.KindOneofCase.Sync)
                return true;
            body = body[(5 + length)..];
        }

        return false;
    }
}
