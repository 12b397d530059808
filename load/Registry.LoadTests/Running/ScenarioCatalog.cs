using Registry.LoadTests.Clients;
using Registry.LoadTests.Scenarios;
using Registry.LoadTests.Servers;

namespace Registry.LoadTests.Running;

/// <summary>A scenario as it can be asked for by its name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Clients">The kinds of clients that it is run with: a row each.</param>
/// <param name="Create">Makes one run of it.</param>
internal sealed record ScenarioEntry(
    string Name, IReadOnlyList<ClientKind> Clients, Func<ServerUnderLoad, ClientKind, LoadOptions, ScenarioRun> Create)
{
    /// <summary>What a server of ours is told beside the usual, so that windows of minutes fit into a run of seconds.</summary>
    public IReadOnlyList<string> ServerArguments { get; init; } = [];

    /// <summary>It kills the server: somebody else's is not for it.</summary>
    public bool NeedsOwnServer { get; init; }

    /// <summary>How much load, unless the command line says otherwise.</summary>
    public LoadOptions Defaults { get; init; } = new();
}

/// <summary>Every scenario that there is.</summary>
internal static class ScenarioCatalog
{
    /// <summary>The scenarios.</summary>
    public static IReadOnlyList<ScenarioEntry> All { get; } =
    [
        new(Profile.NewClient, [ClientKind.Lean, ClientKind.Dotnet], Visits(Profile.NewClient)),
        new(Profile.PooledClient, [ClientKind.DotnetShared], Visits(Profile.PooledClient)),
        new(FanOut.Name, [ClientKind.Lean, ClientKind.LeanShared], (server, kind, options) => new FanOut(server, kind, options)),
        new(RegistrationStorm.Name, [ClientKind.Lean, ClientKind.Dotnet], (server, kind, options) =>
            new RegistrationStorm(server, ClientsOf(kind, server, options), options))
        {
            Defaults = new LoadOptions { Duration = TimeSpan.FromSeconds(15) },
        },
        new(LeaseChurn.Name, [ClientKind.Lean], (server, _, options) => new LeaseChurn(server, options))
        {
            ServerArguments = LeaseChurn.ServerArguments,
            Defaults = new LoadOptions { Interfaces = 20 },
        },
        new(SlowSubscriber.Name, [ClientKind.Lean], (server, _, options) => new SlowSubscriber(server, options))
        {
            ServerArguments = SlowSubscriber.ServerArguments,
        },
        new(ReconnectStorm.Name, [ClientKind.Lean], (server, _, options) => new ReconnectStorm(server, options)) { NeedsOwnServer = true },
        new(Soak.Name, [ClientKind.Lean], (server, _, options) =>
            new Soak(server, options)) { ServerArguments = Soak.ServerArguments, Defaults = Soak.Defaults },
    ];

    /// <summary>By its name; null: there is none.</summary>
    public static ScenarioEntry? Find(string name) => All.FirstOrDefault(entry => entry.Name == name);

    private static Func<ServerUnderLoad, ClientKind, LoadOptions, ScenarioRun> Visits(string name) =>
        (server, kind, options) => new NewClientPerRequest(server, name, ClientsOf(kind, server, options), options);

    private static IClientSource ClientsOf(ClientKind kind, ServerUnderLoad server, LoadOptions options) => kind switch
    {
        ClientKind.Lean => new LeanClients(server.GrpcEndPoint, options.SourceAddresses),
        ClientKind.Dotnet => new DotnetClients(server.GrpcEndPoint, options.SourceAddresses, isShared: false),
        _ => new DotnetClients(server.GrpcEndPoint, options.SourceAddresses, isShared: true),
    };
}
