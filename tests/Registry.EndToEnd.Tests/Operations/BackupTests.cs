using Google.Protobuf;
using Grpc.Net.Client;
using Registry.EndToEnd.Tests.Watching;
using Registry.Protocol.V1;
using Registry.Storage.Backups;
using Registry.TestKit;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.EndToEnd.Tests.Operations;

/// <summary>From a running server over a backup to a server that goes on, as processes.</summary>
public sealed class BackupTests : IDisposable
{
    private const long Distance = 1_000_000_000_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("registry-backup-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("disk")]
    [InlineData("memory")]
    public async Task RestoredServer_HasTheSameInstancesAndLeases_InANewEpoch_AndWatchesGoOn(string storage)
    {
        Topic[] topics = [Follower.Interface("x.X"), Follower.Application("payments")];
        var file = Path.Combine(_directory, "backup");
        ResolveResponse before;
        ByteString lease;
        Follower atBackup;
        await using (var server = await RegistryProcess.StartAsync(["--storage", storage]))
        {
            using var channel = Channel(server);
            var registration = new Registration.RegistrationClient(channel);
            lease = (await registration.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = 60_000 })).LeaseId;
            for (var i = 0; i < 20; i++)
                await registration.RegisterAsync(Declare.Request(lease, $"app-{i % 3}", $"i-{i}", "x.X", $"y.Y{i % 4}"));
            await registration.RegisterAsync(new RegisterRequest { Application = "payments", Holder = "pipeline", Instances = { Declare.Instance("held") } });
            before = await ResolveAsync(channel);
            atBackup = Follower.Open(new(channel), topics);
            await atBackup.UntilAsync("first answer", "the interface, its applications, and payments", f => f.Held.Count == 5);
            await File.WriteAllBytesAsync(file, await ReceiveAsync(channel));

            // The server goes on, and what it calls these revisions must never be the name of something else.
            for (var i = 0; i < 5; i++)
                await registration.RegisterAsync(Declare.Request(lease, "app-0", $"later-{i}", "x.X"));
            server.Signal(ProcessSignal.Kill);
            await server.ExitAsync();
            await Within.DeadlineAsync(atBackup.Ended, "the server's death", "the stream's end", atBackup.ToString);
        }

        var data = Path.Combine(_directory, "data");
        var restored = BackupRestore.Run(file, data);
        Assert.Equal(before.Sync.Revision, restored.State.Revision);

        await using var again = await RegistryProcess.StartAsync(["--storage", "disk", "--data", data]);
        using var after = Channel(again);
        var found = await ResolveAsync(after);
        Assert.Equal(before.Sync.Revision, found.Sync.Revision);
        Assert.NotEqual(before.Sync.Epoch, found.Sync.Epoch);
        Assert.Equal(before.Interfaces.Select(WithoutAge), found.Interfaces.Select(WithoutAge));
        Assert.Equal(before.Applications, found.Applications);
        Assert.Equal("pipeline", found.Applications.Single(a => a.Application == "payments").Instances.Single().Holder);
        var registrations = new Registration.RegistrationClient(after);
        Assert.Empty((await registrations.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = lease })).Lost);

        // The same view and the same topics: one token is part of this history, the other one of what the old server did later. The first
        // stream ended as it went on; what it held at the backup's revision is what the servers have told alike.
        var token = new ResumeToken { Epoch = before.Sync.Epoch, Revision = before.Sync.Revision };
        Assert.Equal(0, (await ResumeAsync(after, token, atBackup, topics)).Parts);
        var above = await ResumeAsync(after, new ResumeToken { Epoch = token.Epoch, Revision = token.Revision + 5 }, atBackup, topics);
        Assert.Equal(5, above.Snapshots);
        await atBackup.DisposeAsync();

        Assert.True((await registrations.RegisterAsync(Declare.Request(lease, "app-1", "new"))).Revision > before.Sync.Revision + Distance);
    }

    private static async Task<(int Parts, int Snapshots)> ResumeAsync(GrpcChannel channel, ResumeToken token, Follower held, Topic[] topics)
    {
        using var call = new Discovery.DiscoveryClient(channel).Watch();
        var open = new Open { Token = token, Held = { held.Held.Keys }, Subscriptions = { topics.Select((topic, i) => Follower.SubscribeTo((ulong)i + 1, topic)) } };
        await call.RequestStream.WriteAsync(new WatchRequest { Open = open });
        var messages = new List<WatchResponse>();
        do
            Assert.True(await Within.DeadlineAsync(call.ResponseStream.MoveNext(CancellationToken.None), "resume", "a Sync"));
        while (Add(call.ResponseStream.Current));
        return (messages.Count, messages.Count(m => (m.Interface?.Kind ?? m.Application.Kind) == TopicMessageKind.Snapshot));

        bool Add(WatchResponse message)
        {
            if (message.KindCase is WatchResponse.KindOneofCase.Interface or WatchResponse.KindOneofCase.Application)
                messages.Add(message);
            return message.KindCase != WatchResponse.KindOneofCase.Sync;
        }
    }

    internal static async Task<byte[]> ReceiveAsync(GrpcChannel channel)
    {
        using var call = new Registry.Protocol.V1.Operations.OperationsClient(channel).Backup(new BackupRequest());
        var bytes = new List<byte>();
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
            bytes.AddRange(call.ResponseStream.Current.Data.Span);
        return [.. bytes];
    }

    // How old a mapping is, a state snapshot does not say.
    private static InterfaceTopic WithoutAge(InterfaceTopic mapping)
    {
        var same = mapping.Clone();
        same.To = 0;
        return same;
    }

    private static GrpcChannel Channel(RegistryProcess server) =>
        GrpcChannel.ForAddress(server.GrpcAddress, new() { HttpHandler = new SocketsHttpHandler { UseProxy = false } });

    private static async Task<ResolveResponse> ResolveAsync(GrpcChannel channel) =>
        await new Discovery.DiscoveryClient(channel).ResolveAsync(new ResolveRequest { Interfaces = { "x.X", "y.Y0", "y.Y3" }, Applications = { "payments" } });
}
