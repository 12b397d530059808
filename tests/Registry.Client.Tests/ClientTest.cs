using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Registry.Client.Registering;
using Registry.Client.Resolving;
using Registry.TestKit;
using Registry.TestKit.Hosting;

namespace Registry.Client.Tests;

/// <summary>A test of the library against a real server of its own, over sockets. What it promises is counted by the server.</summary>
public abstract class ClientTest : IAsyncLifetime
{
    private readonly List<RegistryClient> _clients = [];

    /// <summary>The server.</summary>
    protected RegistryHost Host { get; private set; } = null!;

    protected virtual IReadOnlyDictionary<string, string?> ServerOptions => new Dictionary<string, string?>();

    public virtual async ValueTask InitializeAsync() => Host = await RegistryHost.StartAsync(ServerOptions, Adjust);

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        await Host.DisposeAsync();
    }

    /// <summary>Replaces services of the server.</summary>
    protected virtual void Adjust(IServiceCollection services)
    {
    }

    /// <summary>A client of this server with short waits, disposed with the test.</summary>
    protected RegistryClient NewClient(Action<RegistryClientOptions>? configure = null, TimeProvider? time = null)
    {
        var client = new RegistryClient(OptionsOf(configure), time: time);
        _clients.Add(client);
        return client;
    }

    /// <summary>What a host has: a client of this server with short waits, and what is added.</summary>
    protected ServiceProvider NewServices(Action<RegistryClientOptions>? configure = null, Action<IServiceCollection>? add = null)
    {
        var values = new Dictionary<string, string?>();
        var given = OptionsOf(configure);
        for (var i = 0; i < given.Addresses.Count; i++)
        {
            values[$"{RegistryClientOptions.SectionName}:Addresses:{i}"] = given.Addresses[i];
        }

        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(values).Build())
            .AddLogging()
            .AddRegistryClient(options =>
            {
                options.ShortestRetry = given.ShortestRetry;
                options.LongestRetry = given.LongestRetry;
                options.CallTimeout = given.CallTimeout;
                options.IdleTimeToLive = given.IdleTimeToLive;
                options.Balancing = given.Balancing;
            });
        add?.Invoke(services);
        return services.BuildServiceProvider();
    }

    protected RegistryClientOptions OptionsOf(Action<RegistryClientOptions>? configure = null)
    {
        var options = new RegistryClientOptions
        {
            ShortestRetry = TimeSpan.FromMilliseconds(10),
            LongestRetry = TimeSpan.FromMilliseconds(200),
            CallTimeout = TimeSpan.FromSeconds(20),
        };
        configure?.Invoke(options);
        if (options.Addresses.Count == 0)
        {
            options.Addresses.Add(Host.GrpcAddress.ToString());
        }

        return options;
    }

    /// <summary>An instance of an application at a port of loopback.</summary>
    protected static InstanceRegistration Instance(string application, int port, params string[] interfaces) => new()
    {
        Application = application,
        Endpoints = [new ServiceEndpoint("grpc", "127.0.0.1", port), new ServiceEndpoint("http", "127.0.0.1", port)],
        Interfaces = interfaces,
    };

    /// <summary>A number of the server's status, such as <c>streams.open</c>.</summary>
    protected async Task<long> StatusAsync(string path)
    {
        var node = JsonNode.Parse(await Host.Http.GetStringAsync("/v1/status", TestContext.Current.CancellationToken))!;
        foreach (var part in path.Split('.'))
        {
            node = node[part]!;
        }

        return node.GetValue<long>();
    }

    /// <summary>Waits until a number of the server's status is this.</summary>
    protected Task ServerShowsAsync(string path, long expected) => Within.BecomesAsync(path, expected, () => StatusAsync(path));
}
