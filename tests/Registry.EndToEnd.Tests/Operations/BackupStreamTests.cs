using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Registry.EndToEnd.Tests.Raw;
using Registry.EndToEnd.Tests.Watching;
using Registry.Protocol.V1;
using Registry.Storage.Backups;
using Registry.TestKit;
using Xunit;

namespace Registry.EndToEnd.Tests.Operations;

/// <summary>What a backup costs the server: two at a time, and none for whoever does not read.</summary>
public sealed class BackupStreamTests : DrivenServerTest
{
    private const string Method = "/registry.v1.Operations/Backup";
    private const int EnhanceYourCalm = 0xb;
    private const int RefusedStream = 0x7;
    private const int Window = 65_535;

    private Registry.Protocol.V1.Operations.OperationsClient _operations = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _operations = new(Host.CreateChannel());
    }

    [Fact]
    public async Task Backup_ComesInMessagesOf64KiB_AndIsTheRegistry()
    {
        var revision = await RegisterManyAsync(await GrantAsync(), "large", 200, 2_000);
        using var call = _operations.Backup(new BackupRequest());
        var bytes = new List<byte>();
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            Assert.InRange(call.ResponseStream.Current.Data.Length, 1, 64 * 1024);
            bytes.AddRange(call.ResponseStream.Current.Data.Span);
        }

        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.True(bytes.Count > 400_000);
        var directory = Directory.CreateTempSubdirectory("registry-backup-");
        try
        {
            var file = Path.Combine(directory.FullName, "backup");
            await File.WriteAllBytesAsync(file, [.. bytes]);
            var state = StorageInspection.Run(file);
            Assert.Equal((revision, 1L, 200L), (state.Revision, state.Applications, state.Instances));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task ThirdAtATime_IsRefused_AndAClientThatGoesAwayFreesItsPlace()
    {
        await RegisterManyAsync(await GrantAsync(), "large", 200, 2_000);
        await using var first = await RawConnection.ConnectAsync(Host.GrpcAddress, isGenerous: false);
        await using var second = await RawConnection.ConnectAsync(Host.GrpcAddress, isGenerous: false);
        var stalled = await BeginAsync(first);
        await BeginAsync(second);

        using var third = _operations.Backup(new BackupRequest());
        var refused = await RefusedAsync(third.ResponseStream.MoveNext(CancellationToken.None), StatusCode.ResourceExhausted, "TOO_MANY_BACKUPS");
        Assert.Equal("5000", refused.Trailers.GetValue("grpc-retry-pushback-ms"));

        // Nobody waits for those that stand still.
        await RegisterAsync(await GrantAsync(), "orders", "a");

        await stalled.ResetAsync();
        await PlaceBecomesFreeAsync();
        await using var fourth = await RawConnection.ConnectAsync(Host.GrpcAddress, isGenerous: false);
        await BeginAsync(fourth);
        second.Break();
        await PlaceBecomesFreeAsync();
    }

    [Fact]
    public async Task ClientThatDoesNotRead_IsReset_AfterTheTimeThatAWatchHas()
    {
        await RegisterManyAsync(await GrantAsync(), "large", 200, 2_000);
        await using var connection = await RawConnection.ConnectAsync(Host.GrpcAddress, isGenerous: false);
        var call = await BeginAsync(connection);
        await PassAsync(TimeSpan.FromSeconds(29));
        Assert.False(call.Ended.IsCompleted);

        await PassAsync(TimeSpan.FromSeconds(2));
        await call.EndAsync();
        Assert.Equal(EnhanceYourCalm, call.ResetCode);
        await Task.WhenAll(ReceiveAsync(), ReceiveAsync());
    }

    [Fact]
    public async Task ClientThatReadsSlowly_IsNotReset_AsLongAsItReads()
    {
        await RegisterManyAsync(await GrantAsync(), "large", 200, 2_000);
        await using var connection = await RawConnection.ConnectAsync(Host.GrpcAddress, isGenerous: false);
        var call = await BeginAsync(connection);
        var read = Window;
        while (!call.Ended.IsCompleted)
        {
            await PassAsync(TimeSpan.FromSeconds(20));
            await connection.OpenWindowAsync(call.Id, 2 * Window);
            read += 2 * Window;
            var wanted = read;
            await Within.HoldsAsync("a client that reads slowly", "more, or the end", () => call.Ended.IsCompleted || call.BodyLength == wanted, done => done);
        }

        Assert.Null(call.ResetCode);
        Assert.Equal(StatusCode.OK, call.GrpcStatus);
    }

    [Fact]
    public async Task Shutdown_EndsBackups_WithAClearStatus_AlsoThoseThatAreNotRead()
    {
        await RegisterManyAsync(await GrantAsync(), "large", 2_000, 4_000);
        await using var deaf = await RawConnection.ConnectAsync(Host.GrpcAddress, isGenerous: false);
        var unread = await BeginAsync(deaf);
        using var call = _operations.Backup(new BackupRequest());
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));

        // It reads one message, and the rest when the server has been told to stop.
        var stopping = Host.StopAsync();
        await Within.DeadlineAsync(
            Task.Run(() => Host.Services.GetRequiredService<Microsoft.Extensions.Hosting.IHostApplicationLifetime>().ApplicationStopping.WaitHandle.WaitOne()),
            "a stop", "that it has begun");
        await RefusedAsync(ToTheEndAsync(call), StatusCode.Unavailable, "SHUTTING_DOWN");
        await unread.EndAsync();
        Assert.Equal(RefusedStream, unread.ResetCode);
        await Within.DeadlineAsync(stopping, "a stop with backups", "its end");
    }

    private static async Task ToTheEndAsync(AsyncServerStreamingCall<BackupResponse> call)
    {
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            // The status is what is looked at.
        }
    }

    private static async Task<RawStream> BeginAsync(RawConnection connection)
    {
        var call = await connection.CallAsync(Method);
        await call.SendDataAsync(RawConnection.Message(new BackupRequest().ToByteArray()), end: true);
        await Within.HoldsAsync("a backup begins", "some bytes", () => call.BodyLength, length => length > 0);
        return call;
    }

    private Task PlaceBecomesFreeAsync() => Within.BecomesAsync("a client goes away", true, async () =>
    {
        try
        {
            await ReceiveAsync();
            return true;
        }
        catch (RpcException full) when (full.StatusCode == StatusCode.ResourceExhausted)
        {
            return false;
        }
    });

    private async Task ReceiveAsync()
    {
        using var call = _operations.Backup(new BackupRequest());
        await ToTheEndAsync(call);
    }
}
