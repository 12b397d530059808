using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Registry.Crash.Tests.Servers;
using Registry.EndToEnd.Tests;
using Registry.EndToEnd.Tests.Watching;
using Registry.Protocol.V1;
using Registry.TestKit;
using Registry.TestKit.Hosting;

namespace Registry.Crash.Tests.Clocks;

/// <summary>Somebody sets the machine's clock while the server runs. Nothing that the registry promises hangs on it.</summary>
public sealed class WallClockTests : CrashTest
{
    private const int Leases = 10;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongTtl = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task ClockSetForwardAndBack_EndsNoLease_AndRevisionsGoOn()
    {
        using var clock = new FakeWallClock();
        var acknowledged = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await using (var server = await StartAsync(clock.Given(CrashServers.OnDisk(Data)).Set("Leases:ProtectionShare=1")))
        {
            using var channel = server.Connect();
            var client = new Registration.RegistrationClient(channel);
            var leases = new List<ByteString>();
            for (var i = 0; i < Leases; i++)
            {
                leases.Add(await GrantAsync(client, LongTtl));
                acknowledged[$"i-{i}"] = (await client.RegisterAsync(Declare.Request(leases[i], Application, $"i-{i}", "x.X"))).Revision;
            }

            foreach (var offset in new[] { Hour, -Hour, TimeSpan.Zero })
            {
                clock.Set(offset);
                await SeesAsync(server, offset);

                // The next scans of the leases have passed when one that nobody renews has run out: by its own time, neither at once nor in an hour.
                var revision = await LetOneRunOutAsync(channel, $"short-{offset.TotalHours.ToString(CultureInfo.InvariantCulture)}");
                Assert.True(revision > acknowledged.Values.Max());
                foreach (var lease in leases)
                    Assert.Empty((await client.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = lease })).Lost);
                var id = $"at{offset.TotalHours.ToString(CultureInfo.InvariantCulture)}";
                var added = await client.RegisterAsync(Declare.Request(leases[0], Application, id));
                Assert.True(added.Revision > revision);
                acknowledged[id] = added.Revision;
                Assert.Equal(acknowledged, await FoundAsync(channel));
            }

            server.Signal(ProcessSignal.Kill);
            await server.ExitAsync();
        }

        // A start at another hour than the end.
        clock.Set(-Hour);
        await StartsWithAsync(clock.Given(CrashServers.OnDisk(Data)), acknowledged);
    }

    // A lease that is not renewed: it is there for its TTL, and gone soon after.
    private static async Task<long> LetOneRunOutAsync(ChannelBase channel, string application)
    {
        var client = new Registration.RegistrationClient(channel);
        await using var watch = Follower.Open(new Discovery.DiscoveryClient(channel), Follower.Application(application));
        var lease = await GrantAsync(client, Ttl);
        var start = TimeProvider.System.GetTimestamp();
        await client.RegisterAsync(Declare.Request(lease, application, "a"));
        await watch.UntilAsync("short lease", "its instance", w => w.Instances(application).Count == 1);
        await watch.UntilAsync("short lease", "its end", w => w.Instances(application).Count == 0);
        Assert.True(TimeProvider.System.GetElapsedTime(start) >= Ttl, "the lease ended before its time");
        return watch.Revision;
    }

    // Whether the process is deceived at all: its answers carry its time.
    private static Task<TimeSpan> SeesAsync(RegistryProcess server, TimeSpan offset) => Within.HoldsAsync(
        "setting the clock",
        $"an offset of {offset}",
        async () =>
        {
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
            using var answer = await http.GetAsync(new Uri(server.HttpAddress, "/livez"));
            return answer.Headers.Date!.Value - TimeProvider.System.GetUtcNow();
        },
        seen => (seen - offset).Duration() < TimeSpan.FromMinutes(1));
}
