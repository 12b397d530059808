using Grpc.Core;
using Grpc.Net.Client;
using Registry.EndToEnd.Tests.Watching;
using Registry.Protocol.V1;
using Registry.TestKit;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.EndToEnd.Tests.Leases;

/// <summary>Real processes, real time.</summary>
public sealed class StoppedProcessTests
{
    // Short, and long enough to register everybody on a machine that has much else to do.
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(4);

    [Fact]
    public async Task ServerIsStoppedForLongerThanTheTtl_NobodyWhoRenewsAfterwardsIsGone()
    {
        await using var server = await RegistryProcess.StartAsync();
        using var channel = GrpcChannel.ForAddress(server.GrpcAddress, new() { HttpHandler = new SocketsHttpHandler { UseProxy = false } });
        var registration = new Registration.RegistrationClient(channel);
        var lease = (await registration.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = 60_000 })).LeaseId;
        var shorts = new List<Google.Protobuf.ByteString>();
        for (var i = 0; i < 20; i++)
        {
            shorts.Add((await registration.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = (long)Ttl.TotalMilliseconds })).LeaseId);
            await registration.RegisterAsync(Declare.Request(shorts[i], $"app-{i}", "a"));
        }

        await registration.RegisterAsync(Declare.Request(lease, "orders", "a"));
        await RenewAllAsync(registration, shorts);
        server.Signal(ProcessSignal.Stop);

        // A call that can't be answered: it is over when its deadline is, and by then the server has stood still for that long. One that
        // was sent at once may still have been answered.
        RpcException? still = null;
        while (still is null)
        {
            try
            {
                await registration.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = lease }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime + 1.5 * Ttl);
            }
            catch (RpcException unanswered)
            {
                still = unanswered;
            }
        }

        Assert.Equal(StatusCode.DeadlineExceeded, still.StatusCode);
        server.Signal(ProcessSignal.Continue);
        await RenewAllAsync(registration, shorts);

        var discovery = new Discovery.DiscoveryClient(channel);
        var applications = await discovery.ListApplicationsAsync(new ListApplicationsRequest { PageSize = 100 });
        Assert.Equal(21, applications.Applications.Count);
        Assert.All(applications.Applications, a => Assert.Equal(1u, a.Instances));

        // Who does not renew goes: nobody lives for ever because of the gap. (Suspect first, as there are many.)
        await using var follower = Follower.Open(discovery, Follower.Application("app-0"));
        await follower.UntilAsync(
            "expiry after the stop", "app-0 absent or suspect", f => f.Held.GetValueOrDefault(Follower.Application("app-0")) is { } t
                && (t.Absent || t.Items.Values.Cast<Instance>().All(i => i.State == InstanceState.Suspect)));
    }

    private static async Task RenewAllAsync(Registration.RegistrationClient registration, List<Google.Protobuf.ByteString> leases)
    {
        using var call = registration.RenewLeases();
        await call.RequestStream.WriteAsync(new RenewLeasesRequest { LeaseIds = { leases } });
        Assert.True(await Within.DeadlineAsync(call.ResponseStream.MoveNext(CancellationToken.None), "renewal", "its answer"));
        Assert.Empty(call.ResponseStream.Current.UnknownLeaseIds);
        Assert.Equal((uint)leases.Count, call.ResponseStream.Current.Renewed);
        await call.RequestStream.CompleteAsync();
    }
}
