using System.Text.Json.Nodes;
using Registry.LoadTests.Servers;
using Registry.LoadTests.Visits;

namespace Registry.LoadTests.Verdicts;

/// <summary>
/// The integrity audit of a server under load, from outside and when all clients have left: everything that was acknowledged is there,
/// in both tables, and nothing that was taken back is.
/// </summary>
/// <remarks>
/// Not the audit of a namespace, which has to have every outcome: this one goes on where answers were lost, because what a broken server
/// has lost of the others is what it is run for. So it looks for what is known alone, and passes over what else is there.
/// </remarks>
internal static class VisitAudit
{
    public static async Task<AuditResult> CheckAsync(ServerUnderLoad server, IReadOnlyCollection<Place> places, Ledger ledger, CancellationToken cancellationToken)
    {
        var findings = new Findings();
        var interfaces = await NamespaceAudit.ListAsync(server, "interfaces", "prefix=load.Own", cancellationToken).ConfigureAwait(false);
        var applications = await NamespaceAudit.ListAsync(server, "applications", "prefix=visitor-", cancellationToken).ConfigureAwait(false);
        var standing = ledger.Standing;
        var left = ledger.Left;

        var lostInstances = findings.Note(standing.Where(r => applications.GetValueOrDefault(r.Application) != 1).Select(r => $"{r.Application} has lost its instance"));
        var ghosts = findings.Note(left.Where(r => applications.GetValueOrDefault(r.Application) != 0).Select(r => $"{r.Application} was taken back, and is there"));
        var lostMappings = findings.Note(
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
                findings.Head(broken.Message);
                lostMappings += byPlace[place.Interface].Count();
                continue;
            }

            var mapped = mapping["applications"]?.AsArray() ?? [];
            var named = mapped.Select(a => (string)a!["application"]!).ToHashSet(StringComparer.Ordinal);
            lostMappings += findings.Note(byPlace[place.Interface].Where(r => !named.Contains(r.Application)).Select(r => $"{place.Interface} does not name {r.Application}"));

            var host = mapped.FirstOrDefault(a => (string)a!["application"]! == place.Host)?["instances"]?.AsArray().FirstOrDefault();
            var newest = newestOf.GetValueOrDefault(place.Host);
            lostUpdates += findings.Note(host is null || (long)host["revision"]! < newest ? [$"{place.Host} is at {host?["revision"]}, and {newest} was acknowledged"] : []);
        }

        return new AuditResult(lostMappings, lostInstances, lostUpdates, ghosts, LeftBehind: 0, findings.Examples);
    }
}
