using Registry.LoadTests.CommandLine;
using Registry.LoadTests.Scenarios;
using Registry.LoadTests.Servers;
using Registry.LoadTests.Verdicts;

namespace Registry.LoadTests.Running;

/// <summary>The kind of clients of a row.</summary>
internal enum ClientKind
{
    /// <summary>A new connection each time, as cheap as it can be.</summary>
    Lean,

    /// <summary>The same, and many calls share a connection.</summary>
    LeanShared,

    /// <summary>A new Grpc.Net.Client channel each time: what users do.</summary>
    Dotnet,

    /// <summary>One Grpc.Net.Client channel for all: what they should do.</summary>
    DotnetShared,
}

/// <summary>One server under one load.</summary>
internal sealed record Row(string Scenario, ServerKind Server, ClientKind Clients);

/// <summary>What is run: rows, one after the other, and how much load makes a verdict.</summary>
internal sealed record Profile(string Name, IReadOnlyList<Row> Rows, LoadOptions Options, Minimum Minimum)
{
    public const string NewClient = "new_client_per_request";
    public const string PooledClient = "pooled_client";

    private static readonly Minimum None = new(1, 0, 0);

    /// <summary>The profiles' names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["reproduce", "ci", "soak"];

    /// <summary>The servers' names.</summary>
    public static IReadOnlyDictionary<string, ServerKind> Servers { get; } =
        new SortedDictionary<string, ServerKind>(StringComparer.Ordinal)
        {
            ["registry"] = ServerKind.Registry,
            ["twin"] = ServerKind.Twin,
            ["locked-twin"] = ServerKind.LockedTwin,
        };

    /// <summary>The scenarios' names.</summary>
    public static IReadOnlyList<string> Scenarios { get; } = [.. ScenarioCatalog.All.Select(entry => entry.Name)];

    /// <summary>What the names mean.</summary>
    /// <param name="profile">A profile's name, or null.</param>
    /// <param name="scenarios">Names of scenarios, or none.</param>
    /// <param name="server">What to put under it; null: the registry, or as the profile has it.</param>
    /// <param name="isElsewhere">A server that runs already.</param>
    /// <exception cref="WrongOptionException">There is no such name, or two things are asked for at once.</exception>
    public static Profile Of(string? profile, IReadOnlyCollection<string> scenarios, string? server, bool isElsewhere)
    {
        if (scenarios.FirstOrDefault(s => !Scenarios.Contains(s)) is { } unknown)
            throw new WrongOptionException($"--scenario {unknown}: there are {string.Join(", ", Scenarios)}.");
        if (profile is not null && !Names.Contains(profile))
            throw new WrongOptionException($"--profile {profile}: there are {string.Join(", ", Names)}.");
        if (profile is not null && scenarios.Count > 0)
            throw new WrongOptionException("--profile and --scenario exclude each other.");
        if (profile is null && scenarios.Count == 0)
            throw new WrongOptionException("--profile or --scenario is required.");
        if (scenarios.Count > 1 && scenarios.Contains(Soak.Name))
            throw new WrongOptionException($"--scenario {Soak.Name} goes alone: its length and its number of clients are not the others'.");
        if (server is not null && (isElsewhere || profile is not null))
            throw new WrongOptionException("--server goes with --scenario, and not with --target.");
        if (scenarios.FirstOrDefault(s => isElsewhere && ScenarioCatalog.Find(s)!.NeedsOwnServer) is { } own)
            throw new WrongOptionException($"--scenario {own} kills its server, so --target is not for it.");
        if (profile is not null && isElsewhere)
            throw new WrongOptionException("--target goes with --scenario: a profile starts its servers itself.");

        return profile switch
        {
            "reproduce" => new(
                profile,
                [.. SideBySide(ClientKind.Lean), .. SideBySide(ClientKind.Dotnet)],
                new LoadOptions { Duration = TimeSpan.FromSeconds(30), Clients = 1_200 },
                new Minimum(Attempts: 10_000, Registrations: 100, Connections: 1_000)),
            "ci" => new(
                profile,
                [.. SideBySide(ClientKind.Lean)],
                new LoadOptions { Duration = TimeSpan.FromSeconds(12), Clients = 1_200 },
                new Minimum(Attempts: 3_000, Registrations: 50, Connections: 1_000)),
            "soak" => new(
                profile,
                [new(Soak.Name, ServerKind.Registry, ClientKind.Lean)],
                Soak.Defaults,
                None),
            _ => new(
                string.Join('+', scenarios),
                [.. scenarios.Select(s => ScenarioCatalog.Find(s)!)
                    .SelectMany(s => s.Clients.Select(clients => new Row(s.Name, ServerOf(server), clients)))],
                DefaultsOf(scenarios),
                None),
        };
    }

    private static IEnumerable<Row> SideBySide(ClientKind clients) =>
        [new(NewClient, ServerKind.Twin, clients), new(NewClient, ServerKind.LockedTwin, clients), new(NewClient, ServerKind.Registry, clients)];

    private static ServerKind ServerOf(string? name) => name is null
        ? ServerKind.Registry
        : Servers.TryGetValue(name, out var kind) ? kind
        : throw new WrongOptionException($"--server {name}: there are {string.Join(", ", Servers.Keys)}.");

    // Together they have to do with one length and one number of clients.
    private static LoadOptions DefaultsOf(IReadOnlyCollection<string> scenarios) =>
        scenarios.Count == 1 ? ScenarioCatalog.Find(scenarios.First())!.Defaults : new LoadOptions();
}
