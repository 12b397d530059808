using Registry.Protocol.V1;
using Registry.TestKit;
using Registry.TestKit.Guarantees;
using Registry.TestKit.Guarantees.Recording;
using Xunit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>
/// What clients see over sockets, held against what the server's own reads say was committed: one writer, who reads after each write, so
/// that the history is complete without a look inside.
/// </summary>
[Trait("Suite", "Guarantees")]
public sealed class RecordedWatchTests(ITestOutputHelper output) : ServerTest
{
    private const int Writes = 60;

    private static readonly string[] Interfaces = ["x.A", "x.B", "x.C"];
    private static readonly string[] Applications = ["orders", "billing"];

    [Fact]
    public async Task Watchers_OverSockets_GetWhatWasPromised()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var recorder = new WatchRecorder(TimeProvider.System);
        var first = await ResolveAsync();
        var history = new CommittedHistory(first.Sync.Epoch);
        Task<long>[] watchers = [WatchAsync(recorder, "steady", breaksOffAfter: int.MaxValue), WatchAsync(recorder, "resuming", breaksOffAfter: 7)];

        var lease = await GrantAsync();
        for (var i = 0; i < Writes; i++)
        {
            await WriteAsync(random, lease);
            var read = await ResolveAsync();
            if (read.Sync.Revision > history.Revision)
            {
                history.Add(
                    read.Sync.Revision,
                    read.Interfaces.Select(WireWatch.Read).Concat(read.Applications.Select(WireWatch.Read)).ToDictionary(t => t.Topic, t => t.Content));
            }
        }

        // The last of all: the watchers end when they see it.
        await Registration.RegisterAsync(Declare.Request(lease, "orders", "last"));
        var last = await ResolveAsync();
        history.Add(last.Sync.Revision, last.Applications.Select(WireWatch.Read).ToDictionary(t => t.Topic, t => t.Content));
        foreach (var watcher in watchers)
            Assert.Equal(history.Revision, await Within.DeadlineAsync(watcher, "watching", $"Sync {history.Revision}, seed {seed}"));

        var recording = recorder.Finish(history, isQuiet: true);
        var broken = WatchGuarantees.Check(recording);
        Assert.True(broken.Count == 0, $"seed {seed}: {string.Join(Environment.NewLine, broken)}");
        Assert.True(recording.Streams.Count > 2);
        output.WriteLine(
            $"proof: seed {seed}: {history.Revision} revisions, {recording.Streams.Count} streams, {recording.Streams.Sum(s => s.Batches.Count)} batches; promises broken: 0");
    }

    private async Task WriteAsync(Random random, Google.Protobuf.ByteString lease)
    {
        var application = Applications[random.Next(Applications.Length)];
        var id = $"i{random.Next(3)}";
        switch (random.Next(4))
        {
            case 0:
                await Registration.DeregisterAsync(new DeregisterRequest { Application = application, Instances = { new InstanceRef { Id = id } } });
                break;
            case 1:
                await Registration.DeclareBuildsAsync(new DeclareBuildsRequest { Application = application, Builds = { Declare.Build(Interfaces) } });
                break;
            default:
                var request = Declare.Request(lease, application, id, [.. Interfaces.Take(random.Next(1, 4))]);
                request.Instances[0].Weight = (uint)random.Next(1_000);
                await Registration.RegisterAsync(request);
                break;
        }
    }

    private async Task<ResolveResponse> ResolveAsync() =>
        await Discovery.ResolveAsync(new ResolveRequest { Interfaces = { Interfaces }, Applications = { Applications } });

    // Follows everything until it sees the instance that is registered last, and resumes whenever it has broken off.
    private async Task<long> WatchAsync(WatchRecorder recorder, string name, int breaksOffAfter)
    {
        var client = new Discovery.DiscoveryClient(Host.CreateChannel());
        var held = new HashSet<Topic>();
        ResumeToken? token = null;
        while (true)
        {
            var watch = new WireWatch(recorder, name);
            using var call = client.Watch();
            var open = new Open { Token = token, Held = { token is null ? [] : held } };
            foreach (var topic in Interfaces.Select(i => Follower.Interface(i)).Concat(Applications.Select(a => Follower.Application(a))))
                open.Subscriptions.Add(Follower.SubscribeTo((ulong)open.Subscriptions.Count + 1, topic));
            var request = new WatchRequest { Open = open };
            watch.Sent(request);
            await call.RequestStream.WriteAsync(request);
            var isLast = false;
            for (var syncs = 0; syncs < breaksOffAfter && await call.ResponseStream.MoveNext(CancellationToken.None);)
            {
                var seen = call.ResponseStream.Current;
                watch.Received(seen);
                if (seen.KindCase == WatchResponse.KindOneofCase.Interface)
                    held.Add(Follower.Interface(seen.Interface.Interface));
                else if (seen.KindCase == WatchResponse.KindOneofCase.Application)
                    held.Add(Follower.Application(seen.Application.Application));
                else if (seen.KindCase == WatchResponse.KindOneofCase.Dropped)
                    held.Remove(seen.Dropped.Topic);
                isLast |= seen.KindCase == WatchResponse.KindOneofCase.Application && seen.Application.Instances.Any(i => i.Id == "last");
                if (seen.KindCase != WatchResponse.KindOneofCase.Sync)
                    continue;
                syncs++;
                token = new ResumeToken { Epoch = seen.Sync.Epoch, Revision = seen.Sync.Revision };
                if (isLast)
                    return seen.Sync.Revision;
            }

            watch.Ended("breaks off");
        }
    }
}
