using Google.Protobuf;
using Grpc.Core;
using Registry.Crash.Tests.Servers;
using Registry.EndToEnd.Tests;
using Registry.Protocol.V1;
using Registry.TestKit;
using Registry.TestKit.Hosting;

namespace Registry.Crash.Tests.Disks;

/// <summary>A disk without room is a state: it refuses writes, and it ends by itself.</summary>
public sealed class FullDiskTests : CrashTest
{
    private const int DiskBytes = 1 << 20;
    private const int MostWrites = 20_000;

    [Fact]
    public async Task FullDisk_RefusesWritesAlone_AndWhenThereIsRoomTheyGoOn()
    {
        using var files = SmallFileSystem.Mount(Path.Combine(Above, "files"), DiskBytes);
        var launch = CrashServers.AsShipped(Path.Combine(files.Path, "data"));
        var ballast = Path.Combine(files.Path, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[DiskBytes / 2]);
        var acknowledged = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var stuck = new List<string>();
        await using (var server = await StartAsync(launch))
        {
            using var channel = server.Connect();
            var client = new Registration.RegistrationClient(channel);
            var lease = await GrantAsync(client);

            // The first that meets the full disk is kept and waits; the next is refused.
            var waiting = await FillDiskAsync(client, lease, acknowledged, stuck);
            await RefusedAsync(client.RegisterAsync(Big(lease, "refused")).ResponseAsync, StatusCode.ResourceExhausted, "LOG_FULL");
            await AnswersAllButWritesAsync(channel, lease, acknowledged);
            Assert.Equal(200, (await ProbeAsync(server, "/readyz")).Status);
            Assert.Equal(200, (await ProbeAsync(server, "/livez")).Status);
            Assert.All(waiting, write => Assert.False(write.IsCompleted));

            File.Delete(ballast);
            var late = await Within.DeadlineAsync(Task.WhenAll(waiting), "room on the disk", "that what waited is written");
            foreach (var (id, answer) in stuck.Zip(late))
                acknowledged[id] = answer.Revision;
            await RegisterAsync(client, lease, acknowledged, count: 5, "later");
            server.Signal(ProcessSignal.Kill);
            await server.ExitAsync();
        }

        await StartsWithAsync(launch, acknowledged);
    }

    [Fact]
    public async Task KillOnAFullDisk_LosesNothingThatWasAcknowledged()
    {
        using var files = SmallFileSystem.Mount(Path.Combine(Above, "files"), DiskBytes);
        var launch = CrashServers.AsShipped(Path.Combine(files.Path, "data"));
        var ballast = Path.Combine(files.Path, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[DiskBytes / 2]);
        var acknowledged = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var stuck = new List<string>();
        await using (var server = await StartAsync(launch))
        {
            using var channel = server.Connect();
            var client = new Registration.RegistrationClient(channel);
            var waiting = await FillDiskAsync(client, await GrantAsync(client), acknowledged, stuck);
            server.Signal(ProcessSignal.Kill);
            await server.ExitAsync();
            await Within.DeadlineAsync(Task.WhenAll(waiting.Select(write => Assert.ThrowsAsync<RpcException>(() => write))), "the server's death", "that calls end");
        }

        // The torn batch is cut off, so that there may even be room for the start; if there is none, the start says so in one line.
        await using (var again = await RegistryProcess.LaunchAsync(launch))
        {
            if (!again.IsServing)
                Assert.Contains(files.Path, Assert.Single(again.Errors), StringComparison.Ordinal);
        }

        File.Delete(ballast);
        await StartsWithAsync(launch, acknowledged, stuck);
    }

    // Returns the writes that wait for room.
    private static async Task<List<Task<RegisterResponse>>> FillDiskAsync(
        Registration.RegistrationClient client, ByteString lease, SortedDictionary<string, long> acknowledged, List<string> stuck)
    {
        List<Task<RegisterResponse>> waiting = [];
        for (var i = 0; i < MostWrites; i++)
        {
            var id = $"i-{i}";
            var write = client.RegisterAsync(Big(lease, id)).ResponseAsync;
            var isAnswered = false;

            // An answer, or a refusal of somebody else: then the disk is full, and this one waits for it.
            await Within.HoldsAsync("filling the disk", "an answer, or LOG_FULL", async () => isAnswered = write.IsCompleted || await IsFullAsync(client, lease), done => done);
            if (!write.IsCompleted)
            {
                waiting.Add(write);
                stuck.Add(id);
                return waiting;
            }

            try
            {
                acknowledged[id] = (await write).Revision;
            }
            catch (RpcException refusal) when (refusal.Trailers.GetValue("registry-reason") == "LOG_FULL")
            {
                return waiting;
            }
        }

        Assert.Fail($"{MostWrites} writes, and the disk is not full");
        return waiting;
    }

    // One instance of another application, again and again: when it is there already, to register it changes nothing.
    private static async Task<bool> IsFullAsync(Registration.RegistrationClient client, ByteString lease)
    {
        try
        {
            await client.RegisterAsync(
                Declare.Request(lease, "probe", "probe"), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(200));
            return false;
        }
        catch (RpcException refusal)
        {
            return refusal.Trailers.GetValue("registry-reason") == "LOG_FULL";
        }
    }

    private static RegisterRequest Big(ByteString lease, string id)
    {
        var request = Declare.Request(lease, Application, id, "x.X");
        request.Instances[0].Metadata.Add("room", new string('x', 4_000));
        return request;
    }
}
