using System.Net;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.Server.Tests;

/// <summary>What whoever starts and stops the process relies on.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task Start_IsOneLineOnStdoutThatNamesTheBoundAddresses()
    {
        await using var server = await RegistryProcess.StartAsync();

        Assert.NotEqual(0, server.GrpcAddress.Port);
        Assert.NotEqual(0, server.HttpAddress.Port);
        using var http = new HttpClient { BaseAddress = server.HttpAddress };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/readyz")).StatusCode);

        server.Signal(ProcessSignal.Terminate);
        Assert.Equal(0, await server.ExitAsync());
        Assert.Equal(
            $"Registry 0.1.0 serving: grpc {Bare(server.GrpcAddress)}, http {Bare(server.HttpAddress)}, storage memory, "
            + $"data {Path.Combine(server.WorkingDirectory, "data")} (unused in memory mode)",
            Assert.Single(server.Output));
        Assert.Empty(server.Errors);
    }

    private static string Bare(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
