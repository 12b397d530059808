using Registry.LoadTests.Verdicts;

namespace Registry.LoadTests.Siblings.Running;

/// <summary>What became of one reproduction.</summary>
internal sealed record SiblingResult(Sibling Sibling, Trial Twin, Trial Ours)
{
    /// <summary>What it says alone.</summary>
    public ExitCode Code =>
        Ours.Failed > 0 ? ExitCode.Failed
        : Twin.Failed == 0 ? ExitCode.NotReproduced
        : Ours.Rounds < Twin.Rounds ? ExitCode.TooLittleLoad
        : ExitCode.Proven;

    /// <summary>The same for people.</summary>
    public string Verdict => Code switch
    {
        ExitCode.Failed => "OURS FAILED",
        ExitCode.NotReproduced => "could not reproduce",
        ExitCode.TooLittleLoad => "too few rounds",
        _ => "reproduced and prevented",
    };

    /// <summary>What all of them say together: what ours did wrong first, then what the twins did not.</summary>
    public static (ExitCode Code, string Reason) Together(IReadOnlyList<SiblingResult> results)
    {
        if (results.FirstOrDefault(r => r.Code == ExitCode.Failed) is { } wrong)
            return (ExitCode.Failed, $"{wrong.Sibling.Ours.Type} failed: {wrong.Ours.FirstFailure}");
        if (results.FirstOrDefault(r => r.Code == ExitCode.NotReproduced) is { Sibling: var known, Twin: var stood })
            return (ExitCode.NotReproduced, $"could not reproduce {known.Seed}, {known.Mistake}: the twin stood {stood.Rounds} rounds");
        if (results.FirstOrDefault(r => r.Code == ExitCode.TooLittleLoad) is { } few)
            return (ExitCode.TooLittleLoad, $"{few.Sibling.Ours.Type} stood {few.Ours.Rounds} rounds of at least {few.Twin.Rounds}");
        return (ExitCode.Proven, $"all {results.Count} twins failed, and nothing of ours did");
    }
}
