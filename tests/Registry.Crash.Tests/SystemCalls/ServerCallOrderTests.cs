using Google.Protobuf;
using Registry.Crash.Tests.Servers;
using Registry.CrashServer.Logs;
using Registry.EndToEnd.Tests;
using Registry.Protocol.V1;
using Registry.Storage.Format;
using Registry.TestKit;
using Registry.TestKit.Hosting;

namespace Registry.Crash.Tests.SystemCalls;

/// <summary>The order in which a real server writes, syncs and answers, as the kernel sees it.</summary>
public sealed class ServerCallOrderTests(ITestOutputHelper output) : IDisposable
{
    private static readonly string[] Calls =
        ["openat", "pwrite64", "pwritev", "fsync", "fdatasync", "sendmsg", "sendto", "write", "writev", "unlink", "unlinkat", "ftruncate"];

    private readonly string _data = Directory.CreateTempSubdirectory("registry-crash-").FullName;
    private readonly string _trace = Path.Combine(Path.GetTempPath(), $"registry-trace-{Guid.NewGuid():n}");

    public void Dispose()
    {
        Directory.Delete(_data, recursive: true);
        File.Delete(_trace);
    }

    [Fact]
    public async Task LoneRegistration_IsSyncedBeforeAByteOfItsAnswerLeaves()
    {
        Strace.IsNeeded();
        var order = await TraceAsync(CrashServers.AsShipped(_data), writers: 1, registrations: 40, isCut: false);
        IsInOrder(order);
        Assert.Equal((40, 1), (order.Acknowledgements, order.Segments));
    }

    [Fact]
    public async Task LogThatAcknowledgesBeforeItWrites_IsFoundOut()
    {
        Strace.IsNeeded();
        var launch = CrashServers.OnDisk(_data).With(SmallLog.HastyVariable, "1");
        var order = await TraceAsync(launch, writers: 1, registrations: 40, isCut: false);
        Assert.Equal(40, order.Violations.Count(violation => violation.Contains("was not written and synced before", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task EightWriters_SegmentsAndSnapshots_AreSyncedBeforeAnythingIsBuiltOnThem()
    {
        Strace.IsNeeded();
        var order = await TraceAsync(CrashServers.OnDisk(_data, logBytes: 2048), writers: 8, registrations: 50, isCut: true);
        IsInOrder(order);
        Assert.Equal(400, order.Acknowledgements);
        Assert.True(
            order is { Segments: > 3, Snapshots: > 0, Deletions: > 0 },
            $"{order.Segments} segments, {order.Snapshots} snapshots, {order.Deletions} deletions: too little to show anything");
    }

    private async Task<WriteOrder> TraceAsync(ServerLaunch launch, int writers, int registrations, bool isCut)
    {
        await using (var server = await RegistryProcess.LaunchAsync(launch.Traced(_trace, Calls)))
        {
            using var channel = server.Connect();
            var client = new Registration.RegistrationClient(channel);
            var lease = (await client.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = 60_000 })).LeaseId;
            await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => RegisterAsync(client, lease, writer, registrations)));
            if (isCut)
                await Within.BecomesAsync("cut of the log", false, () => File.Exists(Path.Combine(_data, SegmentName.Of(1))));

            // The client may have the last answer while the call that sent it has not returned, and then a kill keeps it out of the trace. What is
            // sent on the same connection afterwards is sent when that has returned.
            await client.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = lease });
            server.Signal(ProcessSignal.Kill);
            await server.ExitAsync();
        }

        var marks = Enumerable.Range(0, writers).SelectMany(writer => Enumerable.Range(0, registrations).Select(number => Mark(writer, number)));
        return WriteOrder.Check(TraceReader.Read(await File.ReadAllLinesAsync(_trace)), _data, marks);
    }

    private void IsInOrder(WriteOrder order)
    {
        Assert.True(order.Violations.Count == 0, string.Join(Environment.NewLine, order.Violations));
        output.WriteLine(
            $"proof: order of system calls: {order.Acknowledgements} answers after their syncs, {order.Segments} segments and {order.Snapshots} snapshots "
            + $"synced before use, {order.Deletions} deletions after that; out of order: 0");
    }

    // One after the other, so that it is a lone change where there is one writer.
    private static async Task RegisterAsync(Registration.RegistrationClient client, ByteString lease, int writer, int registrations)
    {
        for (var number = 0; number < registrations; number++)
            await client.RegisterAsync(Declare.Request(lease, $"app-{writer}", Mark(writer, number)));
    }

    private static string Mark(int writer, int number) => $"mark-{writer:d2}-{number:d4}-";
}
