using System.Text.Json.Nodes;
using Registry.LoadTests.Servers;
using Registry.LoadTests.Visits;

namespace Registry.LoadTests.Verdicts;

/// <summary>What a server lacks of what it has acknowledged, or has and should not.</summary>
/// <param name="LostMappings">An interface does not name an application that was registered for it.</param>
/// <param name="LostInstances">An instance that was registered is not there.</param>
/// <param name="LostUpdates">A shared application is older than an acknowledged change of it.</param>
/// <param name="Ghosts">An instance that was removed is there.</param>
/// <param name="LeftBehind">Watches and subscriptions of clients that have left.</param>
/// <param name="Examples">Some of it in words.</param>
internal sealed record AuditResult(int LostMappings, int LostInstances, int LostUpdates, int Ghosts, int LeftBehind, IReadOnlyList<string> Examples)
{
    /// <summary>Everything that should not be.</summary>
    public int Lost => LostMappings + LostInstances + LostUpdates + Ghosts + LeftBehind;

    /// <summary>Nothing was found.</summary>
    public static AuditResult Clean { get; } = new(0, 0, 0, 0, 0, []);

    /// <summary>What two looks found.</summary>
    public static AuditResult operator +(AuditResult one, AuditResult other) => new(
        one.LostMappings + other.LostMappings,
        one.LostInstances + other.LostInstances,
        one.LostUpdates + other.LostUpdates,
        one.Ghosts + other.Ghosts,
        one.LeftBehind + other.LeftBehind,
        [.. one.Examples, .. other.Examples]);

    /// <summary>Updates, or the like, that did not get to where they should.</summary>
    public static AuditResult OfLostUpdates(IReadOnlyCollection<string> wrong) => new(0, 0, wrong.Count, 0, 0, [.. wrong.Take(5)]);

    /// <summary>What is left of clients that have gone.</summary>
    public static AuditResult OfLeftBehind(IReadOnlyCollection<string> left) => new(0, 0, 0, 0, left.Count, [.. left.Take(5)]);
}

/// <summary>
/// The integrity audit of a server under load, from outside and when all clients have left: everything that was acknowledged is there,
/// in both tables; nothing that was taken back is; and nobody is remembered who has gone.
/// </summary>
internal static class Audit
{
    private const int MaxExamples = 5;
    private static readonly TimeSpan LeavingPatience = TimeSpan.FromSeconds(20);

    public static async Task<AuditResult> CheckAsync(ServerUnderLoad server, IReadOnlyCollection<Place> places, Ledger ledger, CancellationToken cancellationToken)
    {
        var examples = new List<string>();
        int Note(IEnumerable<string> wrong)
        {
            var all = wrong.ToList();
            examples.AddRange(all.Take(MaxExamples - Math.Min(MaxExamples, examples.Count)));
            return all.Count;
        }

        var interfaces = await ListAsync(server, "interfaces", "prefix=load.Own", cancellationToken).ConfigureAwait(false);
        var applications = await ListAsync(server, "applications", "prefix=visitor-", cancellationToken).ConfigureAwait(false);
        var standing = ledger.Standing;
        var left = ledger.Left;

        var lostInstances = Note(standing.Where(r => applications.GetValueOrDefault(r.Application) != 1).Select(r => $"{r.Application} has lost its instance"));
        var ghosts = Note(left.Where(r => applications.GetValueOrDefault(r.Application) != 0).Select(r => $"{r.Application} was taken back, and is there"));
        var lostMappings = Note(
            standing.Concat(left).Where(r => interfaces.GetValueOrDefault(r.Interfaces[0]) != 1).Select(r => $"{r.Interfaces[0]} does not name {r.Application}"));

        var lostUpdates = 0;
        var newestOf = ledger.Log.Changes.GroupBy(c => c.Application, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Max(c => c.Revision), StringComparer.Ordinal);
        var byPlace = standing.Concat(left).ToLookup(r => r.Interfaces[1], StringComparer.Ordinal);
        foreach (var place in places)
        {
            JsonNode mapping;
            try
            {
                mapping = await server.GetAsync($"/v1/interfaces/{place.Interface}", cancellationToken).ConfigureAwait(false);
            }
            catch (HttpRequestException broken) when (broken.StatusCode is not null)
            {
                // One table names what the other does not have. All that was registered here can't be reached any more.
                examples.Insert(0, broken.Message);
                lostMappings += byPlace[place.Interface].Count();
                continue;
            }

            var mapped = mapping["applications"]?.AsArray() ?? [];
            var named = mapped.Select(a => (string)a!["application"]!).ToHashSet(StringComparer.Ordinal);
            lostMappings += Note(byPlace[place.Interface].Where(r => !named.Contains(r.Application)).Select(r => $"{place.Interface} does not name {r.Application}"));

            var host = mapped.FirstOrDefault(a => (string)a!["application"]! == place.Host)?["instances"]?.AsArray().FirstOrDefault();
            var newest = newestOf.GetValueOrDefault(place.Host);
            lostUpdates += Note(host is null || (long)host["revision"]! < newest ? [$"{place.Host} is at {host?["revision"]}, and {newest} was acknowledged"] : []);
        }

        var leftBehind = await CountLeftBehindAsync(server, cancellationToken).ConfigureAwait(false);
        if (leftBehind > 0)
            Note([$"{leftBehind} watches and subscriptions are left, and no client"]);
        return new AuditResult(lostMappings, lostInstances, lostUpdates, ghosts, leftBehind, examples);
    }

    // The server hears of a reset connection when it hears of it.
    private static async Task<int> CountLeftBehindAsync(ServerUnderLoad server, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var watches = (await server.GetAsync("/v1/status", cancellationToken).ConfigureAwait(false))["watches"]!;
            var left = (int)watches["streams"]! + (int)watches["subscriptions"]!;
            if (left == 0 || TimeProvider.System.GetElapsedTime(start) > LeavingPatience)
                return left;
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken).ConfigureAwait(false);
        }
    }

    // Names, and how many applications an interface has or instances an application.
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
