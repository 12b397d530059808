using Google.Protobuf;
using Registry.EndToEnd.Tests.Raw;
using Registry.Protocol.V1;
using Registry.TestKit.Guarantees;
using Registry.TestKit.Guarantees.Recording;
using Xunit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>One of five hundred never reads.</summary>
[Trait("Suite", "Guarantees")]
public sealed class NeverReadingTests(ITestOutputHelper output) : DrivenServerTest
{
    private const int Readers = 499;
    private const int StreamsPerConnection = 100;
    private const int EnhanceYourCalm = 0xb;

    // Room for the first answer and some changes; from then on the server can send nothing.
    private const int Window = 8 * 1024;
    private const int Instances = 40;
    private const int Changes = 150;

    [Fact]
    public async Task OneOfFiveHundredNeverReads_TheOthersSeeNoDelay_ItIsReset_AndResumesToTheRightState()
    {
        var lease = await GrantAsync();
        var revision = await RegisterManyAsync(lease, "orders", Instances, 0);
        var recorder = new WatchRecorder(TimeProvider.System);
        var history = await HistoryAsync();
        await using var deafConnection = await RawConnection.ConnectAsync(Host.GrpcAddress, isGenerous: false, Window);
        var deaf = await RawWatch.OpenAsync(deafConnection, Open(), new WireWatch(recorder, "deaf"));
        var readers = await OpenReadersAsync(recorder);
        await RawWatch.AllReachAsync([deaf, .. readers], revision, "first answer");

        // It reads no more: its window is not opened again. All the others have each change, while it has not the last ones.
        for (var i = 0; i < Changes; i++)
        {
            revision = await ChangeAsync(lease, i, history);
            if (i % 10 == 9 || i == Changes - 1)
                await RawWatch.AllReachAsync(readers, revision, "a change");
        }

        Assert.Equal(Window, deaf.Call.BodyLength);
        Assert.True(deaf.Take() < revision, $"it was to be blocked, and is at {deaf.Revision} of {revision}");
        Assert.All(readers, reader => Assert.Equal(Changes, reader.DeltasOf("orders").Count()));
        Assert.False(deaf.Call.Ended.IsCompleted);
        Assert.Equal(0, await WatchesAsync("stalledResets"));

        // 30 s, the default. It is a named state before that, and the others are told what changes all the time.
        for (var second = 0; second < 29; second++)
        {
            await PassAsync(TimeSpan.FromSeconds(1));
            revision = await ChangeAsync(lease, Changes + second, history);
        }

        await RawWatch.AllReachAsync(readers, revision, "a change while one is stalled");
        Assert.Equal((1, 0), (await WatchesAsync("stalled"), await WatchesAsync("stalledResets")));
        Assert.False(deaf.Call.Ended.IsCompleted, $"{deaf.Call}");
        await PassAsync(TimeSpan.FromSeconds(3));
        await deaf.Call.EndAsync();
        Assert.Equal((EnhanceYourCalm, 1), (deaf.Call.ResetCode, await WatchesAsync("stalledResets")));
        deaf.Leaves("was reset");

        // It goes on from what it had read, on the connection that it has, and reads.
        await deafConnection.OpenWindowAsync(0, 1 << 20);
        var open = Open();
        open.Token = deaf.Token;
        open.Held.Add(Follower.Application("orders"));
        await using var connection = await RawConnection.ConnectAsync(Host.GrpcAddress);
        var resumed = await RawWatch.OpenAsync(connection, open, new WireWatch(recorder, "deaf"));
        revision = await ChangeAsync(lease, Changes + 30, history);
        await RawWatch.AllReachAsync([resumed, .. readers], revision, "after the resume");

        // What each was told, held against what the server says was committed: state at every Sync, the resumed one's too.
        var recording = recorder.Finish(history, isQuiet: true);
        var broken = WatchGuarantees.Check(recording);
        Assert.True(broken.Count == 0, string.Join(Environment.NewLine, broken));
        Assert.Equal(12, recording.Streams.Count);
        Assert.All(readers, reader => Assert.False(reader.Call.Ended.IsCompleted));
        output.WriteLine(
            $"{Readers} readers at {revision}; the one that does not read stood at {deaf.Revision}, was reset after 30 s of driven time, "
            + $"and was told {resumed.DeltasOf("orders").Count()} deltas and {resumed.Snapshots} snapshots when it resumed");
        foreach (var reader in readers.Select(r => r.Connection).Distinct())
            await reader.DisposeAsync();
    }

    private static Open Open() => new() { Subscriptions = { Follower.SubscribeTo(1, Follower.Application("orders")) } };

    // Some of them are held against the history; all are counted.
    private async Task<List<RawWatch>> OpenReadersAsync(WatchRecorder recorder)
    {
        var readers = new List<RawWatch>();
        RawConnection? connection = null;
        for (var i = 0; i < Readers; i++)
        {
            if (i % StreamsPerConnection == 0)
                connection = await RawConnection.ConnectAsync(Host.GrpcAddress);
            readers.Add(await RawWatch.OpenAsync(connection!, Open(), i % 50 == 0 ? new WireWatch(recorder, $"reader {i}") : null));
        }

        return readers;
    }

    private async Task<long> ChangeAsync(ByteString lease, int i, CommittedHistory history)
    {
        await Registration.RegisterAsync(new RegisterRequest
        {
            Application = "orders", LeaseId = lease, Instances = { Declare.Instance($"i-{i % Instances:00000}", port: (uint)(i + 1)) },
        });
        await AddAsync(history);
        return history.Revision;
    }

    private async Task<CommittedHistory> HistoryAsync()
    {
        var history = new CommittedHistory((string)(await GetAsync("/v1/status"))["epoch"]!);
        await AddAsync(history);
        return history;
    }

    private async Task AddAsync(CommittedHistory history)
    {
        var read = await Discovery.ResolveAsync(new ResolveRequest { Applications = { "orders" } });
        history.Add(read.Sync.Revision, read.Applications.Select(WireWatch.Read).ToDictionary(t => t.Topic, t => t.Content));
    }
}
