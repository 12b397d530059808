using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Registry.EndToEnd.Tests.Watching;
using Registry.Protocol.V1;
using Registry.TestKit;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.EndToEnd.Tests.Restarts;

/// <summary>The server with its state on disk, as a process that is killed and started again.</summary>
public sealed class DiskTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("registry-data-").FullName;

    private string[] OnDisk => ["--storage", "disk", "--data", _data];

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task KilledAndStartedAgain_AnswersResolveWithTheSameRevision()
    {
        ResolveResponse before;
        ByteString lease;
        await using (var server = await RegistryProcess.StartAsync(OnDisk))
        {
            Assert.EndsWith($"storage disk, data {_data}", server.StartLine, StringComparison.Ordinal);
            using var channel = Channel(server);
            var registration = new Registration.RegistrationClient(channel);
            lease = (await registration.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = 60_000 })).LeaseId;
            for (var i = 0; i < 20; i++)
                await registration.RegisterAsync(Declare.Request(lease, $"app-{i % 3}", $"i-{i}", "x.X", $"y.Y{i % 4}"));
            before = await ResolveAsync(channel);
            server.Signal(ProcessSignal.Kill);
            await server.ExitAsync();
        }

        for (var start = 0; start < 2; start++)
        {
            await using var server = await RegistryProcess.StartAsync(OnDisk);
            using var channel = Channel(server);
            var after = await ResolveAsync(channel);
            Assert.Equal(before.Sync.Revision, after.Sync.Revision);
            Assert.NotEqual(before.Sync.Epoch, after.Sync.Epoch);
            Assert.Equal(before.Interfaces, after.Interfaces);
            Assert.Equal(before.Applications, after.Applications);
            Assert.Empty((await new Registration.RegistrationClient(channel).RenewLeaseAsync(new RenewLeaseRequest { LeaseId = lease })).Lost);
            server.Signal(ProcessSignal.Kill);
            await server.ExitAsync();
        }
    }

    [Fact]
    public async Task Killed_WhileManyRegister_KeepsEveryoneWhoWasAnswered()
    {
        var answered = new ConcurrentDictionary<string, long>();
        await using (var server = await RegistryProcess.StartAsync(OnDisk))
        {
            using var channel = Channel(server);
            var registration = new Registration.RegistrationClient(channel);
            var lease = (await registration.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = 60_000 })).LeaseId;
            var writers = Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
            {
                try
                {
                    for (var i = 0; ; i++)
                    {
                        var id = $"{writer}-{i}";
                        answered[id] = (await registration.RegisterAsync(Declare.Request(lease, $"app-{writer % 3}", id))).Revision;
                    }
                }
                catch (RpcException)
                {
                    // The server is dead.
                }
            })).ToArray();
            await Within.HoldsAsync("registering", "200 answers", () => answered.Count, count => count >= 200);
            server.Signal(ProcessSignal.Kill);
            await Task.WhenAll(writers);
            await server.ExitAsync();
        }

        await using var again = await RegistryProcess.StartAsync(OnDisk);
        using var after = Channel(again);
        var found = (await new Discovery.DiscoveryClient(after).ResolveAsync(new ResolveRequest { Applications = { "app-0", "app-1", "app-2" } })).Applications
            .SelectMany(application => application.Instances)
            .ToDictionary(instance => instance.Id, instance => instance.Revision);
        Assert.All(answered, answer => Assert.Equal(answer.Value, found[answer.Key]));
    }

    [Fact]
    public async Task Watch_GoesOnAfterARestart_AndIsNotToldAgainWhatItHolds()
    {
        Follower before;
        Topic[] topics = [Follower.Interface("x.X"), Follower.Application("payments")];
        await using (var server = await RegistryProcess.StartAsync(OnDisk))
        {
            using var channel = Channel(server);
            var registration = new Registration.RegistrationClient(channel);
            var lease = (await registration.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = 60_000 })).LeaseId;
            await registration.RegisterAsync(Declare.Request(lease, "orders", "a", "x.X"));
            await registration.RegisterAsync(Declare.Request(lease, "payments", "a"));
            before = Follower.Open(new(channel), topics);
            await before.UntilAsync("first answer", "three topics", f => f.Held.Count == 3);
            server.Signal(ProcessSignal.Kill);
            await server.ExitAsync();
            await Within.DeadlineAsync(before.Ended, "the server's death", "the stream's end", before.ToString);
            await before.DisposeAsync();
        }

        await using var again = await RegistryProcess.StartAsync(OnDisk);
        using var after = Channel(again);
        await using var resumed = Follower.Open(new(after), before, topics);
        await resumed.UntilAsync("resume", "a Sync", f => f.Syncs > 0);
        Assert.Equal(0, resumed.Parts);
        Assert.Equal(before.Revision, resumed.Revision);
        Assert.NotEqual(before.Token!.Epoch, resumed.Token!.Epoch);
    }

    [Fact]
    public async Task SecondServer_OnTheSameDirectory_IsOneLineAndExitCode1()
    {
        await using var first = await RegistryProcess.StartAsync(OnDisk);
        await using var second = await RegistryProcess.RunAsync([.. OnDisk, "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"]);

        Assert.Equal(1, await second.ExitAsync());
        var said = Assert.Single(second.Errors);
        Assert.Contains(_data, said, StringComparison.Ordinal);
        Assert.Contains($"process {first.Id}", said, StringComparison.Ordinal);
        Assert.Empty(second.Output);
    }

    [Fact]
    public async Task DamagedLog_IsOneLineThatNamesTheFile_AndExitCode1()
    {
        await using (var server = await RegistryProcess.StartAsync(OnDisk))
        {
            server.Signal(ProcessSignal.Terminate);
            Assert.Equal(0, await server.ExitAsync());
        }

        var file = Directory.EnumerateFiles(_data, "*.log").Single();
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[20] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        await using var run = await RegistryProcess.RunAsync([.. OnDisk, "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
        Assert.Equal(1, await run.ExitAsync());
        Assert.Contains($"{file}: damaged at offset 0", Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(file));
    }

    private static GrpcChannel Channel(RegistryProcess server) =>
        GrpcChannel.ForAddress(server.GrpcAddress, new() { HttpHandler = new SocketsHttpHandler { UseProxy = false } });

    private static async Task<ResolveResponse> ResolveAsync(GrpcChannel channel) =>
        await new Discovery.DiscoveryClient(channel).ResolveAsync(new ResolveRequest { Interfaces = { "x.X", "y.Y0", "y.Y3" } });
}
