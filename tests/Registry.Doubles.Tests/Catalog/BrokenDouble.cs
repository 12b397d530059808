namespace Registry.Doubles.Tests.Catalog;

/// <summary>The registry with one thing wrong, and who must notice. Immutable.</summary>
public sealed record BrokenDouble
{
    public required string Name { get; init; }

    /// <summary>What is wrong, and what comes of it.</summary>
    public required string Story { get; init; }

    /// <summary>What makes it so; all in one project.</summary>
    public required Edit[] Edits { get; init; }

    /// <summary>The suites that must fail, every one of them.</summary>
    public required Suite[] CaughtBy { get; init; }

    /// <summary>
    /// Shows only when threads meet by chance. It is run up to three times, and one catch is a catch; measured, one run catches 19 of
    /// 20 times at the least.
    /// </summary>
    public bool IsStatistical { get; init; }

    /// <summary>It may show as a run that does not end; then, and only then, a run that is ended at the deadline is a catch.</summary>
    public bool MayHang { get; init; }

    /// <summary>The project whose assembly is exchanged.</summary>
    public string Project => Edits[0].Project;
}
