using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Registry.Client.Hosting;
using Registry.Client.Resolving;
using Registry.Client.Tests.Fakes;
using Registry.TestKit;

namespace Registry.Client.Tests.Hosting;

/// <summary>A service on ASP.NET Core that registers itself.</summary>
public sealed class InstanceServiceTests : ClientTest
{
    [Fact]
    public async Task Service_IsRegisteredWhenItsAddressesAreBound_WithWhatItServes()
    {
        await using var app = Service();
        await app.StartAsync();
        var consumer = NewClient();
        using var watch = consumer.Watch(consumer.Interface(Backend.Interface));
        var view = await Within.HoldsAsync("the interface", "served", () => watch.Current, view => view is { Instances.Length: 1 });
        var instance = view!.Instances[0];
        Assert.Equal("shop", instance.Application);
        Assert.Equal(new Uri(app.Urls.Single()).Port, instance.FindEndpoint("grpc")!.Port);
        Assert.Equal("127.0.0.1", instance.FindEndpoint("http")!.Host);
        Assert.Equal($"127.0.0.1:{instance.Endpoints[0].Port}", instance.Id);
        Assert.Equal("blue", instance.Metadata["colour"]);
        Assert.Equal("eu-1a", instance.Zone);
        await app.StopAsync();
    }

    [Fact]
    public async Task Shutdown_DrainsThenDeregisters_ThenStopsTheServer()
    {
        await using var app = Service(("DrainDelay", "00:00:03"));
        await app.StartAsync();
        var consumer = NewClient();
        using var watch = consumer.Watch(consumer.Application("shop"));
        await Within.HoldsAsync("the service", "registered", () => watch.Current, view => view is { Instances.Length: 1 });
        var seen = new List<string>();
        watch.OnChange(view =>
        {
            lock (seen)
            {
                seen.Add(view.Instances is [var instance] ? $"{instance.Status}, {(Answers(instance) ? "answers" : "is silent")}" : "gone");
            }
        });
        await Within.BecomesAsync("the first state", 1, () => Locked(seen).Length);
        await app.StopAsync();
        await Within.HoldsAsync("what was seen", "gone", () => Locked(seen), all => all[^1] == "gone");
        Assert.Equal(["Up, answers", "Draining, answers", "gone"], Locked(seen));
    }

    [Fact]
    public async Task WithoutARegistry_TheServiceStartsAndStops_AllTheSame()
    {
        await using var app = Service(("Client", "http://127.0.0.1:1"), ("CallTimeout", "00:00:00.3"));
        await app.StartAsync();
        using var http = new HttpClient();
        var health = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Healthy, health.Status);
        await app.StopAsync();
    }

    [Fact]
    public async Task FailFast_FailsTheStart_WhenTheRegistryRefuses()
    {
        await using var app = Service(("FailFast", "true"), ("StartTimeout", "00:00:20"), ("Application", "no such..name"));
        var refusal = await Assert.ThrowsAsync<RegistryException>(() => app.StartAsync());
        Assert.Equal("application", refusal.Field);
    }

    [Theory]
    [InlineData("DrainDelay", "-00:00:01")]
    [InlineData("DrainDelay", "00:06:00")]
    [InlineData("StartTimeout", "-00:00:01")]
    public async Task TimeOutOfRange_FailsTheStart_AndNotTheShutdown(string option, string value)
    {
        await using var app = Service((option, value));
        Assert.Equal($"Instance.{option}", (await Assert.ThrowsAsync<RegistryConfigurationException>(() => app.StartAsync())).Option);
    }

    [Fact]
    public async Task HealthCheck_IsDegradedWhileTheRegistryIsLost_NeverUnhealthy()
    {
        await using var app = Service();
        await app.StartAsync();
        var client = app.Services.GetRequiredService<RegistryClient>();
        var health = app.Services.GetRequiredService<HealthCheckService>();
        using var watch = client.Watch(client.Application("billing"));
        await watch.FirstAsync();
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync()).Status);
        await Host.StopAsync();
        await Within.HoldsAsync("the check", "degraded", () => health.CheckHealthAsync(), report => report.Status == HealthStatus.Degraded);
        Assert.Contains("not up to date with the registry", (await health.CheckHealthAsync()).Entries["registry"].Description!, StringComparison.Ordinal);
        await app.StopAsync();
    }

    [Theory]
    [InlineData("http://[::]:80", "http", false)]
    [InlineData("http://+:80", "http", false)]
    [InlineData("https://0.0.0.0:80", "grpcs https", true)]
    public void EveryAddress_IsToldAsOneThatOthersReach(string bound, string protocols, bool servesGrpc)
    {
        using var server = new FakeServerOf(bound);
        var endpoints = BoundEndpoints.Of(new RegistryInstanceOptions(), server, servesGrpc);
        Assert.Equal(protocols, string.Join(' ', endpoints.Select(endpoint => endpoint.Protocol)));
        Assert.All(endpoints, endpoint => Assert.True(IPAddress.TryParse(endpoint.Host, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)));
    }

    private static string[] Locked(List<string> list)
    {
        lock (list)
        {
            return [.. list];
        }
    }

    private static bool Answers(ServiceInstance instance)
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        try
        {
            socket.Connect(instance.Endpoints[0].Host, instance.Endpoints[0].Port);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    // Options of the instance, but for those that are the client's.
    private WebApplication Service(params (string Key, string Value)[] options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "shop" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Registry:Client:Addresses:0"] = Host.GrpcAddress.ToString(),
            ["Registry:Client:Zone"] = "eu-1a",
            ["Registry:Client:CallTimeout"] = "00:00:02",
            ["Registry:Client:Instance:Metadata:colour"] = "blue",
            ["Registry:Client:Instance:DrainDelay"] = "00:00:00",
        });
        builder.Configuration.AddInMemoryCollection(options.ToDictionary(
            option => option.Key switch
            {
                "Client" => "Registry:Client:Addresses:0",
                "CallTimeout" => "Registry:Client:CallTimeout",
                _ => $"Registry:Client:Instance:{option.Key}",
            },
            option => (string?)option.Value));
        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        builder.Services.AddRegistryInstance();
        builder.Services.AddHealthChecks().AddRegistry();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.UseRouting();
        app.MapGrpcService<Served>();
        return app;
    }

    private sealed class Served : Protocol.V1.Discovery.DiscoveryBase;

    private sealed class FakeServerOf(string bound) : Microsoft.AspNetCore.Hosting.Server.IServer
    {
        public Microsoft.AspNetCore.Http.Features.IFeatureCollection Features { get; } = FeaturesOf(bound);

        public Task StartAsync<TContext>(Microsoft.AspNetCore.Hosting.Server.IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
        }

        private static Microsoft.AspNetCore.Http.Features.FeatureCollection FeaturesOf(string bound)
        {
            var addresses = new Microsoft.AspNetCore.Hosting.Server.Features.ServerAddressesFeature();
            addresses.Addresses.Add(bound);
            var features = new Microsoft.AspNetCore.Http.Features.FeatureCollection();
            features.Set<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>(addresses);
            return features;
        }
    }
}
