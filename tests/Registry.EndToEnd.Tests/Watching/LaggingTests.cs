using Registry.Protocol.V1;
using Registry.TestKit;
using Xunit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>Who does not keep up gets the newest state instead of every step, and ends where everybody ends.</summary>
public sealed class LaggingTests : WatchServerTest
{
    [Fact]
    public async Task OneOfTwoIsStopped_WhileAThousandThingsChange_BothEndAtTheSame()
    {
        var lease = await GrantAsync();
        await RegisterManyAsync(lease, "large", 200, 1_000, "", "x.X");
        await using var relay = Relay.To(Host.GrpcAddress);
        using var channel = ChannelTo(relay);
        await using var stopped = Follower.Open(new(channel), Follower.Interface("x.X"));
        await using var reading = Follower.Open(Discovery, Follower.Interface("x.X"));
        await stopped.UntilAsync("first answer", "two topics", f => f.Held.Count == 2);
        relay.StopReading();

        for (var i = 0; i < 1_000; i++)
        {
            var id = $"i-{i * 7 % 200:00000}";
            if (i % 3 == 0)
                await Registration.DeregisterAsync(new DeregisterRequest { Application = "large", Instances = { new InstanceRef { Id = id } } });
            else
                await RegisterAsync(lease, i % 50 == 1 ? $"other-{i % 4}" : "large", id, "x.X");
        }

        await AssertSameAsReadAsync("large", reading);
        relay.GoOn();
        await AssertSameAsReadAsync("large", reading, stopped);
        Assert.Equal(reading.Held.Keys.Select(k => k.ToString()).Order(), stopped.Held.Keys.Select(k => k.ToString()).Order());
        Assert.False(stopped.Ended.IsCompleted);
    }

    [Fact]
    public async Task ManyWatchersOfOneTopic_AllSeeEveryPromiseKept_WhileItChanges()
    {
        var lease = await GrantAsync();
        var followers = Enumerable.Range(0, 50).Select(i => Follower.Open(Discovery, Follower.Application("orders"), Follower.Interface("x.X"))).ToArray();
        for (var i = 0; i < 500; i++)
        {
            await Registration.RegisterAsync(new RegisterRequest
            {
                Application = "orders", LeaseId = lease, Instances = { Declare.Instance($"i{i % 20}", port: (uint)i + 1) }, Builds = { Declare.Build("x.X") },
            });
        }

        await AssertSameAsReadAsync("orders", followers);
        foreach (var follower in followers)
            await follower.DisposeAsync();
        Assert.All(followers, f => Assert.True(f.Syncs <= 502));
    }

    [Fact]
    public async Task StreamIsBroken_AtAnyMoment_OverAndOver_AndNothingIsLeft()
    {
        // Broken in every way that a client has, while parts of a large snapshot and deltas are on their way. A handler that returned
        // before its last write would write into another stream's pipe; one that spins after the abort never ends, and then the
        // server does not stop in time.
        var lease = await GrantAsync();
        await RegisterManyAsync(lease, "large", 300, 1_000, "", "x.X");
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
                await RegisterManyAsync(lease, "large", 64, 1_000, $"{i}", "x.X");
        });
        await using var witness = Follower.Open(Discovery, Follower.Interface("x.X"));
        await witness.UntilAsync("witness", "two topics", f => f.Held.Count == 2);

        var breakers = Enumerable.Range(0, 8).Select(b => BreakStreamsAsync(new Random(b), rounds: 150)).ToArray();
        await Task.WhenAll(breakers);
        await stop.CancelAsync();
        await writer;
        await AssertSameAsReadAsync("large", witness);
        await WatchesBecomeAsync("streams", 1);
        await WatchesBecomeAsync("subscriptions", 1);

        var start = TimeProvider.System.GetTimestamp();
        await Host.StopAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(4));
    }

    private async Task BreakStreamsAsync(Random random, int rounds)
    {
        var open = Raw.RawConnection.Message(Google.Protobuf.MessageExtensions.ToByteArray(
            new WatchRequest { Open = new Open { Subscriptions = { Follower.SubscribeTo(1, Follower.Interface("x.X")) } } }));
        for (var round = 0; round < rounds; round++)
        {
            var connection = await Raw.RawConnection.ConnectAsync(Host.GrpcAddress, isGenerous: random.Next(3) > 0, initialWindow: random.Next(2) == 0 ? 1 << 20 : null);
            var calls = new List<Raw.RawStream>();
            var isWhole = false;
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                var call = await connection.CallAsync("/registry.v1.Discovery/Watch");
                var length = random.Next(8) == 0 ? random.Next(open.Length) : open.Length;
                await call.SendDataAsync(open.AsMemory(0, length), end: random.Next(4) == 0);
                isWhole |= length == open.Length;
                calls.Add(call);
            }

            // The streams share the connection's window.
            var until = isWhole && random.Next(4) > 0 ? random.Next(1, 60_000) : 0;
            await Within.HoldsAsync(
                $"round {round}",
                $"{until} bytes",
                () => (Length: calls.Sum(call => call.BodyLength), connection.Closed.IsCompleted, connection.GoAwayCode, string.Join("; ", calls)),
                seen => seen.Length >= until);
            switch (random.Next(4))
            {
                case 0:
                    connection.Break();
                    break;
                case 1:
                    foreach (var call in calls)
                        await call.ResetAsync();
                    break;
                case 2:
                    try
                    {
                        foreach (var call in calls)
                            await call.SendDataAsync(new byte[] { 9, 9, 9, 9, 9 });
                    }
                    catch (IOException)
                    {
                        // Data after the end of a stream: that ends the connection.
                    }

                    break;
            }

            await connection.DisposeAsync();
        }
    }
}
