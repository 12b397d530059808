using System.Diagnostics;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Registry.Server.Health;
using Registry.Server.Hosting;
using Registry.Server.Tests.Protos;
using Registry.TestKit;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.Server.Tests.Hosting;

/// <summary>The end of the host, whatever is still open.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task CallThatNeverEnds_IsCutAtTheShutdownTimeout()
    {
        await using var host = await RegistryHost.StartAsync(
            new Dictionary<string, string?> { ["ShutdownTimeout"] = "00:00:01" },
            endpoints: map => map.MapGrpcService<MisbehavingService>());
        using var call = new Misbehaving.MisbehavingClient(host.CreateChannel()).Hang(new());
        Assert.True(await call.ResponseStream.MoveNext(default));

        var start = Stopwatch.GetTimestamp();
        await Within.DeadlineAsync(host.StopAsync(), "stop with a call that never ends", "the end of the host");

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(20));
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default));
    }

    [Fact]
    public async Task Readiness_IsOffBeforeAnythingIsTakenDown()
    {
        var seen = new Witness();
        await using var host = await RegistryHost.StartAsync(services: services =>
        {
            services.AddSingleton(seen);
            services.AddHostedService(provider => provider.GetRequiredService<Witness>());
        });
        seen.Readiness = host.Services.GetRequiredService<ServerReadiness>();

        await host.StopAsync();

        Assert.Equal(ServerState.ShuttingDown, seen.AtStop);
    }

    // Streams come and go while the host is told to stop; whatever the interleaving, the drain ends when the last has gone.
    [Fact]
    public async Task Drain_EndsWithTheLastStreamHoweverTheyInterleave()
    {
        for (var round = 0; round < 500; round++)
        {
            var streams = new OpenStreams();
            using var gate = new Barrier(3);
            var calls = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
            {
                var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                var call = streams.ServerStreamingServerHandler<Anything, Anything>(new(), null!, null!, (_, _, _) => ended.Task);
                gate.SignalAndWait();
                ended.SetResult();
                return call;
            })).ToArray();

            gate.SignalAndWait();
            await Within.DeadlineAsync(streams.DrainAsync(), $"round {round}", "the end of the drain");
            await Task.WhenAll(calls);
            Assert.True(streams.EverUsed);
        }
    }

    private sealed class Witness : IHostedService
    {
        public ServerReadiness? Readiness { get; set; }

        public ServerState AtStop { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            AtStop = Readiness!.Current.State;
            return Task.CompletedTask;
        }
    }
}
