using Google.Protobuf;
using Grpc.Core;
using Registry.Crash.Tests.Servers;
using Registry.EndToEnd.Tests;
using Registry.EndToEnd.Tests.Watching;
using Registry.Protocol.V1;
using Registry.TestKit;
using Registry.TestKit.Hosting;

namespace Registry.Crash.Tests.Pauses;

/// <summary>A server on disk that stands still for longer than any lease lasts, and goes on.</summary>
public sealed class StoppedServerTests : CrashTest
{
    private const int Leases = 20;

    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(4);

    private static TimeSpan Pause => Environment.GetEnvironmentVariable("REGISTRY_PROOF_CRASHES") is null ? 1.5 * Ttl : TimeSpan.FromMinutes(1);

    [Fact]
    public async Task ServerStoppedForLongerThanEveryTtl_LosesNobodyWhoStillRenews_AndKeepsThemOverAKill()
    {
        var acknowledged = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await using (var server = await StartAsync(CrashServers.OnDisk(Data)))
        {
            using var channel = server.Connect();
            var client = new Registration.RegistrationClient(channel);
            var leases = new List<ByteString>();
            for (var i = 0; i < Leases; i++)
            {
                leases.Add(await GrantAsync(client, Ttl));
                acknowledged[$"i-{i}"] = (await client.RegisterAsync(Declare.Request(leases[i], Application, $"i-{i}", "x.X"))).Revision;
            }

            await using var watch = Follower.Open(new Discovery.DiscoveryClient(channel), Follower.Application(Application));
            await watch.UntilAsync("watch", "all instances", w => w.Instances(Application).Count == Leases);
            await RenewAsync(client, leases);
            server.Signal(ProcessSignal.Stop);
            await UnansweredAsync(client, leases[0]);
            server.Signal(ProcessSignal.Continue);
            await RenewAsync(client, leases);

            // The watch gets over the gap as well, and has lost nobody on the way.
            var marker = await client.RegisterAsync(Declare.Request(leases[0], Application, "marker"));
            acknowledged["marker"] = marker.Revision;
            await watch.ReachesAsync(marker.Revision);
            Assert.Equal(acknowledged.Keys, watch.Instances(Application).Select(i => i.Id).Order(StringComparer.Ordinal));
            Assert.All(watch.Instances(Application), i => Assert.Equal(acknowledged[i.Id], i.Revision));
            server.Signal(ProcessSignal.Kill);
            await server.ExitAsync();
        }

        await StartsWithAsync(CrashServers.OnDisk(Data), acknowledged);
    }

    // A call that can't be answered is over when its deadline is, and by then the server has stood still for that long. One that was sent at once
    // may still have been answered.
    private static async Task UnansweredAsync(Registration.RegistrationClient client, ByteString lease)
    {
        while (true)
        {
            try
            {
                await client.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = lease }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime + Pause);
            }
            catch (RpcException unanswered)
            {
                Assert.Equal(StatusCode.DeadlineExceeded, unanswered.StatusCode);
                return;
            }
        }
    }

    private static async Task RenewAsync(Registration.RegistrationClient client, List<ByteString> leases)
    {
        using var call = client.RenewLeases();
        await call.RequestStream.WriteAsync(new RenewLeasesRequest { LeaseIds = { leases } });
        Assert.True(await Within.DeadlineAsync(call.ResponseStream.MoveNext(CancellationToken.None), "renewal", "its answer"));
        Assert.Empty(call.ResponseStream.Current.UnknownLeaseIds);
        await call.RequestStream.CompleteAsync();
    }
}
