using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Registry.Client.Tests.Fakes;
using Registry.TestKit;

namespace Registry.Client.Tests.Channels;

/// <summary>How soon one long-lived channel follows a change. Measured and told, not judged: machines differ.</summary>
[Collection(nameof(Scale.AloneTests))]
public sealed class MoveTests(ITestOutputHelper output) : ClientTest
{
    private const int Moves = 40;

    [Fact]
    public async Task Calls_MoveWithEachChange_OnOneChannel()
    {
        await using var services = NewServices();
        await using var a = await Backend.StartAsync();
        await using var b = await Backend.StartAsync();
        var provider = NewClient(options => options.Addresses.Add($"http://localhost:{Host.GrpcAddress.Port}"));
        using var channel = GrpcChannel.ForAddress(
            "registry:///orders", new GrpcChannelOptions { Credentials = ChannelCredentials.Insecure, ServiceProvider = services });
        var invoker = channel.CreateCallInvoker();
        var backends = new[] { a, b };
        var current = provider.Register(backends[0].Registration());
        await current.Settled;
        Assert.Equal(a.GrpcPort, await Backend.AskAsync(invoker));

        var waits = new List<double>();
        for (var move = 1; move <= Moves; move++)
        {
            // From the moment at which the registry has confirmed that the one is there and the other is not.
            var next = provider.Register(backends[move % 2].Registration());
            await next.Settled;
            await current.DeregisterAsync();
            var confirmed = Stopwatch.GetTimestamp();
            await Within.BecomesAsync("who answers", backends[move % 2].GrpcPort, () => Backend.AskAsync(invoker, waitForReady: true));
            waits.Add(Stopwatch.GetElapsedTime(confirmed).TotalMilliseconds);
            current = next;
        }

        waits.Sort();
        output.WriteLine($"proof: {Moves} moves of a channel's calls: median {waits[Moves / 2]:0.0} ms after the registry confirmed, longest {waits[^1]:0.0} ms");
    }
}
