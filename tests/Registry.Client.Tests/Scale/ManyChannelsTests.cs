using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Registry.Client.Tests.Fakes;
using Registry.TestKit.Audits;

namespace Registry.Client.Tests.Scale;

/// <summary>A channel for each request: the mistake that broke the system that this one learned from, made on purpose.</summary>
[Collection(nameof(AloneTests))]
public sealed class ManyChannelsTests(ITestOutputHelper output) : ClientTest
{
    private const int PerBlock = 900;

    // Not one object per channel stays: there is none as small.
    private const double Bound = 24;

    [Fact]
    public async Task TenThousandChannels_MadeAndDisposed_LeaveNothingBehindOnEitherSide()
    {
        await using var services = NewServices();
        await using var backend = await Backend.StartAsync();
        var provider = NewClient(options => options.Addresses.Add($"http://localhost:{Host.GrpcAddress.Port}"));
        await provider.Register(backend.Registration()).Settled;
        var client = services.GetRequiredService<RegistryClient>();
        var channels = 0;
        var slope = await HeapSlope.MeasureUntilClearAsync(Bound, isLeak: false, PerBlock, async count =>
        {
            for (var i = 0; i < count; i++)
            {
                using var channel = GrpcChannel.ForAddress("registry:///orders", new GrpcChannelOptions
                {
                    Credentials = ChannelCredentials.Insecure,
                    ServiceProvider = services,
                    DisposeHttpClient = true,
                });
                Assert.Equal(backend.GrpcPort, await Backend.AskAsync(channel.CreateCallInvoker()));
                channels++;
            }
        });
        Assert.True(slope.IsZeroWithin(Bound), $"{slope}");
        Assert.Equal(1, await StatusAsync("watches.streams"));
        Assert.Equal(1, await StatusAsync("watches.subscriptions"));
        Assert.Equal(1, client.Shared.View.Count);
        output.WriteLine($"proof: registry:/// channels made, called and disposed: {channels}, at the server 1 stream and 1 subscription; {slope}");
    }
}
