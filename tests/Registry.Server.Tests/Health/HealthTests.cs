using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Registry.Server.Health;
using Registry.TestKit;
using Registry.TestKit.Hosting;
using Xunit;
using Client = Registry.Protocol.Health.V1.Health.HealthClient;
using Status = Registry.Protocol.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Registry.Server.Tests.Health;

/// <summary>Probes follow the server's readiness, by every way there is to ask.</summary>
public sealed class HealthTests
{
    [Theory]
    [InlineData("")]
    [InlineData("registry.v1.Registration")]
    [InlineData("registry.v1.Discovery")]
    [InlineData("registry.v1.Operations")]
    public async Task Check_FollowsReadiness(string service)
    {
        await using var host = await RegistryHost.StartAsync();
        var readiness = host.Services.GetRequiredService<ServerReadiness>();
        var client = new Client(host.CreateChannel());

        Assert.Equal(Status.Serving, (await client.CheckAsync(new() { Service = service })).Status);
        readiness.MarkNotReady("the log is not healthy");
        Assert.Equal(Status.NotServing, (await client.CheckAsync(new() { Service = service })).Status);
        readiness.MarkReady();
        Assert.Equal(Status.Serving, (await client.CheckAsync(new() { Service = service })).Status);
    }

    [Fact]
    public async Task CheckOfAnUnknownService_IsNotFound()
    {
        await using var host = await RegistryHost.StartAsync();

        var client = new Client(host.CreateChannel());

        var error = await Assert.ThrowsAsync<RpcException>(() => client.CheckAsync(new() { Service = "nobody" }).ResponseAsync);

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    [Fact]
    public async Task Watch_SaysTheStateAtOnceThenEachChangeAndNotServingAtTheEnd()
    {
        await using var host = await RegistryHost.StartAsync();
        var readiness = host.Services.GetRequiredService<ServerReadiness>();
        using var watch = new Client(host.CreateChannel()).Watch(new() { Service = "registry.v1.Discovery" });

        Assert.Equal(Status.Serving, await NextAsync(watch, "first answer"));
        readiness.MarkNotReady("one reason");
        Assert.Equal(Status.NotServing, await NextAsync(watch, "after MarkNotReady"));

        // Another reason is no other status: the next message is the one after it.
        readiness.MarkNotReady("another reason");
        readiness.MarkReady();
        Assert.Equal(Status.Serving, await NextAsync(watch, "after MarkReady"));

        var stop = host.StopAsync();
        Assert.Equal(Status.NotServing, await NextAsync(watch, "shutdown"));
        Assert.False(await Within.DeadlineAsync(watch.ResponseStream.MoveNext(default), "after the last status", "the end of the stream"));
        await Within.DeadlineAsync(stop, "shutdown with a watch", "the end of the host");
        Assert.Equal(StatusCode.OK, watch.GetStatus().StatusCode);
        Assert.Empty(host.Logs.Alarming);
    }

    [Fact]
    public async Task WatchOfAnUnknownService_SaysSoAndStaysOpen()
    {
        await using var host = await RegistryHost.StartAsync();
        var readiness = host.Services.GetRequiredService<ServerReadiness>();
        var client = new Client(host.CreateChannel());
        using var watch = client.Watch(new() { Service = "nobody" });

        Assert.Equal(Status.ServiceUnknown, await NextAsync(watch, "first answer"));
        var next = watch.ResponseStream.MoveNext(default);
        readiness.MarkNotReady("a change that is no news for this watch");
        await client.CheckAsync(new());
        Assert.False(next.IsCompleted);

        await Within.DeadlineAsync(host.StopAsync(), "shutdown with a watch", "the end of the host");
        Assert.False(await Within.DeadlineAsync(next, "shutdown", "the end of the stream"));
    }

    [Fact]
    public async Task WatchThatIsCancelled_EndsOnTheServerWithoutAlarm()
    {
        await using var host = await RegistryHost.StartAsync();
        var client = new Client(host.CreateChannel());
        for (var i = 0; i < 5; i++)
        {
            using var watch = client.Watch(new());
            await NextAsync(watch, "first answer");
        }

        await host.StopAsync();
        Assert.Empty(host.Logs.Alarming);
    }

    [Fact]
    public async Task HttpProbes_FollowReadinessAndSayWhy()
    {
        await using var host = await RegistryHost.StartAsync();
        var readiness = host.Services.GetRequiredService<ServerReadiness>();

        Assert.Equal((200, "ok\n"), await GetAsync(host, "/livez"));
        Assert.Equal((200, "ready\n"), await GetAsync(host, "/readyz"));

        readiness.MarkNotReady("the log is not healthy");
        Assert.Equal((503, "not ready: the log is not healthy\n"), await GetAsync(host, "/readyz"));
        Assert.Equal((200, "ok\n"), await GetAsync(host, "/livez"));

        readiness.BeginShutdown();
        Assert.Equal((503, "not ready: shutting down\n"), await GetAsync(host, "/readyz"));
    }

    [Fact]
    public async Task HttpProbes_AnswerHeadWithoutABody()
    {
        await using var host = await RegistryHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, "/readyz");

        using var response = await host.Http.SendAsync(request);

        Assert.True(response.IsSuccessStatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    private static async Task<Status> NextAsync(AsyncServerStreamingCall<Protocol.Health.V1.HealthCheckResponse> watch, string phase)
    {
        Assert.True(await Within.DeadlineAsync(watch.ResponseStream.MoveNext(default), phase, "a status"));
        return watch.ResponseStream.Current.Status;
    }

    private static async Task<(int Status, string Text)> GetAsync(RegistryHost host, string path)
    {
        using var response = await host.Http.GetAsync(path);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
