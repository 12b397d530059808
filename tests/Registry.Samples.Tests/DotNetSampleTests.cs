using System.Net;
using System.Reflection;
using System.Runtime.InteropServices;
using Registry.Samples.Tests.Harness;
using Registry.TestKit;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.Samples.Tests;

/// <summary>The samples on .NET, as processes, against the real server.</summary>
public sealed class DotNetSampleTests
{
    [Fact]
    public async Task ServicesThatCallEachOther_LoseNoCall_WhenOneComesAndAnotherGoes()
    {
        await using var server = await RegistryHost.StartAsync();
        await using var first = Start("Orders", server);
        await using var prices = Start("Prices", server);
        await prices.PrintsAsync("an order that was taken", IsTaken);
        await using var second = Start("Orders", server);
        await Within.HoldsAsync("who takes orders", "both", prices.Describe, _ => TakenBy(prices).Distinct().Count() == 2);

        first.Signal(ProcessSignal.Terminate);
        Assert.Equal(0, await first.ExitAsync());
        Assert.Contains(first.Output, line => line.Contains("has left the registry", StringComparison.Ordinal));
        var before = TakenBy(prices).Length;
        await Within.HoldsAsync("orders after one has gone", "three more", prices.Describe, _ => TakenBy(prices).Length >= before + 3);
        Assert.Single(TakenBy(prices)[before..].Distinct());

        // From the first that was taken on, none was refused: who left had told so before it stopped serving.
        Assert.DoesNotContain(prices.Output.SkipWhile(line => !IsTaken(line)), line => line.StartsWith("no order", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ClientForEachRequest_Holds()
    {
        await using var server = await RegistryHost.StartAsync();
        await using var prices = Start("Prices", server);
        await Within.BecomesAsync(
            "the prices in the registry", HttpStatusCode.OK, async () => (await server.Http.GetAsync("/v1/interfaces/shop.v1.PriceService")).StatusCode);
        await using var client = Start("ClientPerRequest", server, "1000", "20");
        Assert.True(await client.ExitAsync() == 0, client.Describe());
        Assert.Contains(client.Output, line => line.StartsWith("1000 succeeded, 0 failed", StringComparison.Ordinal));
    }

    private static bool IsTaken(string line) => line.Contains("taken by orders:", StringComparison.Ordinal);

    private static string[] TakenBy(Command prices) => [.. prices.Output.Where(IsTaken).Select(line => line.Split("taken by ")[1].Split(',')[0])];

    private static Command Start(string sample, RegistryHost server, params string[] arguments)
    {
        var metadata = typeof(DotNetSampleTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().ToDictionary(item => item.Key, item => item.Value!);
        var program = Path.Combine(metadata["Samples"], sample, metadata["Output"], $"Sample.{sample}.dll");
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        return Command.Start(dotnet, [program, .. arguments], environment: new() { ["Registry__Client__Addresses__0"] = server.GrpcAddress.ToString() });
    }
}
