using System.Reflection;
using Registry.Core.Interleaving;
using Registry.Storage;

namespace Registry.Crash.Tests.Kills;

/// <summary>
/// Which death comes next. Every named point has its turn, in an order by chance, with random moments in between. How often a point is
/// reached in one life is learnt: a life that outlives its death asks for an earlier one next time.
/// </summary>
internal sealed class DeathPlan(Random random)
{
    // A random moment follows on every third named point, about.
    private const int MomentsAmongPoints = 3;
    private const int MostAcknowledgements = 400;
    private const int MostAcknowledgementsForAPoint = 5_000;
    private const long MostHits = 500;

    private readonly Dictionary<string, long> _range = Points.ToDictionary(point => point, FirstRange);
    private readonly Queue<string?> _turns = [];

    /// <summary>All named points of the core and of the storage.</summary>
    public static IReadOnlyList<string> Points { get; } =
    [
        .. new[] { typeof(StoragePoint), typeof(YieldPoint) }
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!),
    ];

    public Death Next()
    {
        if (_turns.Count == 0)
        {
            string?[] round = [.. Points, .. Enumerable.Repeat<string?>(null, Points.Count / MomentsAmongPoints)];
            random.Shuffle(round);
            foreach (var turn in round)
                _turns.Enqueue(turn);
        }

        return _turns.Dequeue() is { } point
            ? new Death(point, 1 + random.NextInt64(_range[point]), MostAcknowledgementsForAPoint)
            : new Death(null, 0, random.Next(1, MostAcknowledgements));
    }

    // A start reads the log once. A lease runs out, and a segment or a snapshot is made, a few times in a life; all else happens all the time.
    private static long FirstRange(string point) => point.Split('.')[0] switch
    {
        "recovery" => 1,
        "expiry" or "segment" or "snapshot" => 2,
        _ => 16,
    };

    /// <summary>Tells what became of a death.</summary>
    public void Learn(Death death, bool isReached)
    {
        if (death.Point is not { } point)
            return;
        _range[point] = isReached ? Math.Min(MostHits, Math.Max(_range[point], 2 * death.Hit)) : Math.Max(1, death.Hit / 2);
    }
}
