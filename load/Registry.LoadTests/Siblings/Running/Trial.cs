namespace Registry.LoadTests.Siblings.Running;

/// <summary>Rounds of one side of a reproduction, and what came of them.</summary>
/// <param name="Rounds">How many were run.</param>
/// <param name="Failed">How many of them failed.</param>
/// <param name="FirstFailure">What went wrong in the first that did; null: none did.</param>
internal sealed record Trial(int Rounds, int Failed, string? FirstFailure)
{
    /// <summary>Runs rounds until one fails, or until time or rounds are used up.</summary>
    public static Trial UntilFailure(Func<string?> round, int most, TimeSpan patience, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        var rounds = 0;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            rounds++;
            if (Try(round) is { } failure)
                return new Trial(rounds, 1, failure);
        }
        while (rounds < most && TimeProvider.System.GetElapsedTime(start) < patience);
        return new Trial(rounds, 0, null);
    }

    /// <summary>Runs rounds for a while: at least so many, unless they take ten times the while.</summary>
    public static Trial For(Func<string?> round, int least, int most, TimeSpan duration, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        var (rounds, failed, first) = (0, 0, (string?)null);
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            rounds++;
            if (Try(round) is { } failure)
            {
                failed++;
                first ??= failure;
            }
        }
        while (rounds < most && TimeProvider.System.GetElapsedTime(start) is var elapsed
            && (elapsed < duration || (rounds < least && elapsed < 10 * duration)));
        return new Trial(rounds, failed, first);
    }

    // An exception is what a torn collection has to say. One of the reproduction's own says nothing of either side.
    private static string? Try(Func<string?> round)
    {
        try
        {
            return round();
        }
        catch (Exception failure) when (failure is not BrokenReproductionException)
        {
            var cause = failure is AggregateException several ? several.InnerExceptions[0] : failure;
            return $"{cause.GetType().Name}: {cause.Message.ReplaceLineEndings(" ")}";
        }
    }
}
