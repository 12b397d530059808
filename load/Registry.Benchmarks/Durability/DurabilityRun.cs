using Registry.Benchmarks.Core.Measurements;
using Registry.Benchmarks.Reporting;

namespace Registry.Benchmarks.Durability;

/// <summary>All that is measured of the disk, or the parts that are named.</summary>
internal static class DurabilityRun
{
    private static readonly (string Name, Func<Task<IReadOnlyList<Measured>>> Measure)[] Parts =
    [
        ("grpc", OverGrpc.RunAsync),
        ("group", GroupCommit.RunAsync),
        ("lone", LoneWriter.RunAsync),
        ("spike", SnapshotSpike.RunAsync),
        ("churn", SteadyChurn.RunAsync),
        ("replay", Replay.RunAsync),
    ];

    /// <summary>Measures, and writes a table if there is a file for it. Returns the exit code.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> names, string? table, Run run)
    {
        if (names.Except(Parts.Select(static part => part.Name)).FirstOrDefault() is { } unknown)
        {
            await Console.Error.WriteLineAsync($"there is no {unknown}; there are {string.Join(", ", Parts.Select(static part => part.Name))}");
            return 2;
        }

        var rows = new List<Measured>();
        foreach (var (_, measure) in Parts.Where(part => names.Count == 0 || names.Contains(part.Name)))
        {
            foreach (var row in await measure())
            {
                Console.WriteLine($"{row.What}: {row.Figure} {row.Target}");
                rows.Add(row);
            }
        }

        if (table is not null)
            await File.WriteAllTextAsync(table, DurabilityTable.Write(rows, run));
        return 0;
    }
}
