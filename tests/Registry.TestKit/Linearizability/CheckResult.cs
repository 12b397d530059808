namespace Registry.TestKit.Linearizability;

/// <summary>What a check has found.</summary>
public enum Verdict
{
    /// <summary>There is an order that explains the history.</summary>
    Ok,

    /// <summary>There is none.</summary>
    Violated,

    /// <summary>The time was over before either was known. Not Ok.</summary>
    Unknown,
}

/// <summary>The outcome of a check.</summary>
/// <param name="Verdict">What was found.</param>
/// <param name="Longest">The longest order that explains a part of the history: all of it, if the verdict is Ok.</param>
/// <param name="FailingPrefix">If violated: the shortest beginning of the history that no order explains.</param>
public sealed record CheckResult<T>(Verdict Verdict, IReadOnlyList<Operation<T>> Longest, IReadOnlyList<Operation<T>> FailingPrefix)
{
    /// <summary>For people: the shortest beginning that fails, in the order of the answers, and how far an explanation goes.</summary>
    public override string ToString() => Verdict != Verdict.Violated
        ? $"{Verdict} after {Longest.Count} operations"
        : $"Violated. The shortest beginning that no order explains:{Environment.NewLine}  "
          + string.Join(Environment.NewLine + "  ", FailingPrefix.OrderBy(o => o.Return).ThenBy(o => o.Call))
          + $"{Environment.NewLine}The longest explanation:{Environment.NewLine}  "
          + string.Join(Environment.NewLine + "  ", Longest);
}
