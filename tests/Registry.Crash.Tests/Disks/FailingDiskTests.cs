using Grpc.Core;
using Registry.Crash.Tests.Servers;
using Registry.EndToEnd.Tests;
using Registry.Protocol.V1;
using Registry.TestKit;
using Registry.TestKit.Hosting;

namespace Registry.Crash.Tests.Disks;

/// <summary>
/// A disk that fails once. What the operating system could not write it may have dropped, and says afterwards that all is well: so the file is
/// not trusted again until a new start has read it.
/// </summary>
public sealed class FailingDiskTests : CrashTest
{
    private const int MostWrites = 100;

    [Fact]
    public async Task SyncThatFailsOnce_EndsWritesForGood_AndNothingAcknowledgedIsLost() => await FailsAsync("fdatasync", "error=EIO:when=12");

    [Fact]
    public async Task WriteThatFailsOnce_EndsWritesForGood_AndNothingAcknowledgedIsLost() => await FailsAsync("pwrite64", "error=EIO:when=12");

    [Fact]
    public async Task SlowSync_HoldsUpNobodyButWriters()
    {
        Strace.IsNeeded();
        var acknowledged = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await using (var server = await StartAsync(CrashServers.AsShipped(Data).Spoiled("fdatasync", "delay_exit=4s:when=5+")))
        {
            using var writing = server.Connect();
            using var reading = server.Connect();
            var client = new Registration.RegistrationClient(writing);
            var lease = await GrantAsync(client);

            // The log's thread has its first syncs behind it; from now on they are slow.
            await RegisterAsync(client, lease, acknowledged, count: 4, "quick");
            var writes = Enumerable.Range(0, 64).ToDictionary(
                i => $"i-{i}", i => client.RegisterAsync(Declare.Request(lease, Application, $"i-{i}", "x.X")).ResponseAsync);

            // A deadline is a deadline, and whoever does not write does not wait for the disk.
            var late = await Assert.ThrowsAsync<RpcException>(() => client.RegisterAsync(
                Declare.Request(lease, Application, "late"), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(300)).ResponseAsync);
            Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);
            await AnswersAllButWritesAsync(reading, lease, acknowledged);
            Assert.Equal(200, (await ProbeAsync(server, "/livez")).Status);
            Assert.Equal(200, (await ProbeAsync(server, "/readyz")).Status);
            Assert.Contains(writes.Values, write => !write.IsCompleted);

            // All who wait share a sync: 64 lone ones would take four minutes.
            foreach (var (id, write) in writes)
                acknowledged[id] = (await Within.DeadlineAsync(write, "slow disk", "an answer")).Revision;
            server.Signal(ProcessSignal.Kill);
            await server.ExitAsync();
        }

        await StartsWithAsync(CrashServers.AsShipped(Data), acknowledged, "late");
    }

    private async Task FailsAsync(string call, string how)
    {
        Strace.IsNeeded();
        var acknowledged = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var inDoubt = "";
        await using (var server = await StartAsync(CrashServers.AsShipped(Data).Spoiled(call, how)))
        {
            using var channel = server.Connect();
            var client = new Registration.RegistrationClient(channel);
            var lease = await GrantAsync(client);
            RpcException? failure = null;
            for (var i = 0; failure is null && i < MostWrites; i++)
            {
                inDoubt = $"i-{i}";
                try
                {
                    acknowledged[inDoubt] = (await client.RegisterAsync(Declare.Request(lease, Application, inDoubt, "x.X"))).Revision;
                }
                catch (RpcException wrong)
                {
                    failure = wrong;
                }
            }

            Assert.NotEmpty(acknowledged);
            Assert.Equal((StatusCode.Unavailable, "STORAGE_FAILED"), (failure!.StatusCode, failure.Trailers.GetValue("registry-reason")));

            // The next call to the disk would work. It is not made.
            for (var i = 0; i < 3; i++)
                await RefusedAsync(client.RegisterAsync(Declare.Request(lease, Application, $"refused-{i}")).ResponseAsync, StatusCode.Unavailable, "STORAGE_FAILED");
            await Within.BecomesAsync("readiness", 503, async () => (await ProbeAsync(server, "/readyz")).Status);
            Assert.Contains("disk", (await ProbeAsync(server, "/readyz")).Text, StringComparison.Ordinal);
            Assert.Equal(200, (await ProbeAsync(server, "/livez")).Status);
            await AnswersAllButWritesAsync(channel, lease, acknowledged);
            server.Signal(ProcessSignal.Kill);
            await server.ExitAsync();
        }

        await StartsWithAsync(CrashServers.AsShipped(Data), acknowledged, inDoubt);
    }
}
