using System.Runtime.InteropServices;

namespace Registry.LoadMeasuring;

/// <summary>
/// Counts attempts, successes and failures by kind, exactly, under any concurrency. Thread-safe; see <see cref="Striped{T}"/> for how.
/// </summary>
public sealed class OutcomeCounters
{
    /// <summary>The kind under which failures count once there are too many kinds to keep apart.</summary>
    public const string OtherKinds = "(other kinds)";

    /// <summary>So many kinds are kept apart per stripe; a kind with an identifier in it must not fill the memory.</summary>
    public const int MaxKinds = 1000;

    private readonly Striped<Counts> _stripes = new(() => new Counts());

    /// <summary>An attempt begins.</summary>
    public void Begin() => _stripes.Update(0, static (counts, _) => counts.Begun++);

    /// <summary>An attempt ended well.</summary>
    public void Ok() => _stripes.Update(0, static (counts, _) => counts.Ok++);

    /// <summary>An attempt failed.</summary>
    /// <param name="kind">Which way. A stable name, such as a status code, rather than a message.</param>
    public void Fail(string kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        _stripes.Update(kind, static (counts, kind) => counts.Fail(kind));
    }

    /// <summary>All that was counted. Ends are read before beginnings: <see cref="OutcomeTotals.Open"/> is never negative.</summary>
    public OutcomeTotals Totals()
    {
        var total = _stripes.Fold(new Counts(), static (sum, stripe) => sum.AddEnds(stripe));
        _stripes.Fold(total, static (sum, stripe) => sum.Begun += stripe.Begun);
        return new OutcomeTotals(total.Begun, total.Ok, total.Failed.Values.Sum(), total.Failed);
    }

    private sealed class Counts
    {
        public long Begun { get; set; }

        public long Ok { get; set; }

        public Dictionary<string, long> Failed { get; } = [];

        public void Fail(string kind)
        {
            if (Failed.Count >= MaxKinds && !Failed.ContainsKey(kind))
                kind = OtherKinds;
            CollectionsMarshal.GetValueRefOrAddDefault(Failed, kind, out _)++;
        }

        public void AddEnds(Counts other)
        {
            Ok += other.Ok;
            foreach (var (kind, count) in other.Failed)
                CollectionsMarshal.GetValueRefOrAddDefault(Failed, kind, out _) += count;
        }
    }
}
