using System.Text.Json.Nodes;
using Registry.LoadTests.Servers;

namespace Registry.LoadTests.Verdicts;

/// <summary>
/// The audit of a namespace that one run has for itself: it has exactly what was acknowledged, and nothing beside it. Looked at from
/// outside, by plain reads.
/// </summary>
internal static class NamespaceAudit
{
    /// <summary>The numbers of the status that must come back when all have left.</summary>
    public static IReadOnlyList<(string Group, string Name)> Usual { get; } =
        [("watches", "streams"), ("watches", "subscriptions"), ("leases", "active"), ("", "instances")];

    /// <summary>A name that no other run has.</summary>
    public static string NewNamespace() => $"load-{Guid.NewGuid().ToString("n")[..12]}";

    /// <summary>Looks until all is as expected, or for so long.</summary>
    /// <param name="server">The server.</param>
    /// <param name="space">The namespace.</param>
    /// <param name="applications">The applications that must be there, with how many instances.</param>
    /// <param name="interfaces">The interfaces that must be mapped, each with its applications.</param>
    /// <param name="patience">What takes its time: expiry, and the server's hearing of reset connections.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<AuditResult> CheckAsync(
        ServerUnderLoad server,
        string space,
        IReadOnlyDictionary<string, int> applications,
        IReadOnlyDictionary<string, HashSet<string>> interfaces,
        TimeSpan patience,
        CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var result = await LookAsync(server, space, applications, interfaces, cancellationToken).ConfigureAwait(false);
            if (result.Lost == 0 || TimeProvider.System.GetElapsedTime(start) > patience)
                return result;
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Looks until nothing is there, or for so long.</summary>
    public static Task<AuditResult> IsEmptyAsync(
        ServerUnderLoad server, string space, TimeSpan patience, CancellationToken cancellationToken) =>
        CheckAsync(server, space, new Dictionary<string, int>(), new Dictionary<string, HashSet<string>>(), patience, cancellationToken);

    /// <summary>Looks until numbers of the status are no more than they were before the run, or for so long.</summary>
    /// <param name="server">The server.</param>
    /// <param name="before">The status before the run.</param>
    /// <param name="numbers">Which: group and name.</param>
    /// <param name="patience">For how long.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Those that are not, in words.</returns>
    public static async Task<IReadOnlyList<string>> ComesBackAsync(
        ServerUnderLoad server,
        JsonNode before,
        IReadOnlyList<(string Group, string Name)> numbers,
        TimeSpan patience,
        CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var now = await server.GetAsync("/v1/status", cancellationToken).ConfigureAwait(false);
            var left = numbers.Select(n => (Name: $"{n.Group} {n.Name}".Trim(), Was: Read(before, n), Is: Read(now, n)))
                .Where(n => n.Is > n.Was)
                .Select(n => $"{n.Name}: {n.Is}, and {n.Was} before the run")
                .ToList();
            if (left.Count == 0 || TimeProvider.System.GetElapsedTime(start) > patience)
                return left;
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken).ConfigureAwait(false);
        }

        static long Read(JsonNode status, (string Group, string Name) number) =>
            (long)(number.Group.Length == 0 ? status[number.Name]! : status[number.Group]![number.Name]!);
    }

    private static async Task<AuditResult> LookAsync(
        ServerUnderLoad server,
        string space,
        IReadOnlyDictionary<string, int> applications,
        IReadOnlyDictionary<string, HashSet<string>> interfaces,
        CancellationToken cancellationToken)
    {
        var findings = new Findings();
        var listed = await ListAsync(server, "applications", $"namespace={space}", cancellationToken).ConfigureAwait(false);
        var mapped = await ListAsync(server, "interfaces", $"namespace={space}", cancellationToken).ConfigureAwait(false);
        var lostInstances = findings.Note(applications.Where(a => listed.GetValueOrDefault(a.Key) < a.Value)
            .Select(a => $"{a.Key} has {listed.GetValueOrDefault(a.Key)} of {a.Value} instances"));
        var ghosts = findings.Note(listed.Where(a => !applications.TryGetValue(a.Key, out var most) || a.Value > most)
            .Select(a => $"{a.Key} is there, with {a.Value} instances"));
        ghosts += findings.Note(mapped.Keys.Where(name => !interfaces.ContainsKey(name))
            .Select(name => $"{name} is mapped, and nobody is left who serves it"));
        var lostMappings = 0;
        foreach (var (name, serving) in interfaces)
        {
            var mapping = await server.GetAsync($"/v1/interfaces/{name}?namespace={space}", cancellationToken).ConfigureAwait(false);
            var named = (mapping["applications"]?.AsArray() ?? [])
                .Select(a => (string)a!["application"]!).ToHashSet(StringComparer.Ordinal);
            lostMappings += findings.Note(serving.Where(a => !named.Contains(a)).Select(a => $"{name} does not name {a}"));
            ghosts += findings.Note(named.Where(a => !serving.Contains(a)).Select(a => $"{name} names {a}"));
        }

        return new AuditResult(lostMappings, lostInstances, 0, ghosts, 0, findings.Examples);
    }

    /// <summary>The names of a list, and how many applications an interface has or instances an application.</summary>
    internal static async Task<Dictionary<string, int>> ListAsync(
        ServerUnderLoad server, string list, string query, CancellationToken cancellationToken)
    {
        var items = new Dictionary<string, int>(StringComparer.Ordinal);
        var token = "";
        do
        {
            var page = await server.GetAsync($"/v1/{list}?{query}&pageSize=1000&pageToken={Uri.EscapeDataString(token)}", cancellationToken)
                .ConfigureAwait(false);
            foreach (var item in page[list]!.AsArray())
                items[(string)item!["name"]!] = (int)item[list == "interfaces" ? "applications" : "instances"]!;
            token = (string?)page["nextPageToken"] ?? "";
        }
        while (token.Length > 0);
        return items;
    }
}
