using Registry.TestKit.Threads;
using Xunit;

namespace NBomber.Tests.Measuring;

/// <summary>Many threads that count at once, and what has to come out.</summary>
internal static class Workers
{
    public const int Count = 32;
    public const int AttemptsEach = 20_000;

    private static readonly string[] Kinds = ["refused", "reset", "timeout", "lost", "-100", "-101", ""];

    /// <summary>Returns what is wrong with the totals; null when they are exact. Any exception of a counter is such a wrong, never the end of the process.</summary>
    public static string? WhatIsWrong(IAttempts attempts, Action? meanwhile = null)
    {
        try
        {
            StartingGate.Run(Count, worker =>
            {
                for (var i = 0; i < AttemptsEach; i++)
                {
                    if (i % 3 == 0)
                        attempts.Fail(KindOf(worker, i));
                    else
                        attempts.Ok();
                    if (worker == 0 && i % 500 == 0)
                        meanwhile?.Invoke();
                }
            });
        }
        catch (Exception crash) when (crash is AggregateException or TimeoutException)
        {
            // A map that several threads write can break with any exception, and can also turn in a circle for ever.
            return $"crashed: {crash.Message}";
        }

        var expected = Enumerable.Range(0, Count)
            .SelectMany(worker => Enumerable.Range(0, AttemptsEach).Where(i => i % 3 == 0).Select(i => KindOf(worker, i)))
            .CountBy(kind => kind).ToDictionary(kind => kind.Key, kind => (long)kind.Value);
        var (all, ok, failed) = attempts.Totals();
        if (all != (long)Count * AttemptsEach)
            return $"{all} attempts of {Count * AttemptsEach}";
        if (ok + failed.Values.Sum() != all)
            return $"{ok} ok and {failed.Values.Sum()} failed are not {all}";
        return expected.Count == failed.Count && expected.All(kind => failed.GetValueOrDefault(kind.Key) == kind.Value)
            ? null
            : $"kinds: {string.Join(", ", failed)} instead of {string.Join(", ", expected)}";
    }

    /// <summary>The check that a double has to fail: in a few tries, as chance decides where threads meet.</summary>
    public static void AssertCaught(Func<IAttempts> make)
    {
        for (var i = 0; i < 50; i++)
        {
            if (WhatIsWrong(make()) is not null)
                return;
        }

        Assert.Fail("Fifty runs found nothing wrong with a counter that is wrong.");
    }

    // Kinds that come up all the time, and kinds that come up late: maps grow while others write.
    private static string KindOf(int worker, int i) =>
        i % 1000 == 0 ? $"rare {(worker + (i / 1000)) % 40}" : Kinds[(worker + i) % Kinds.Length];
}
