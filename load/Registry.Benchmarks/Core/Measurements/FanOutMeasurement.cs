using System.Diagnostics;
using System.Globalization;

namespace Registry.Benchmarks.Core.Measurements;

/// <summary>
/// The writer's time for one change and the time until the last of its watchers has it, with the pump on the thread pool as in the
/// server. A round is one change; the next begins when all have it. Few and many watchers take turns, and before each of them 10,000
/// other streams are told something: whoever comes next finds the same cold caches, and a busy moment of the machine falls on both.
/// </summary>
internal static class FanOutMeasurement
{
    private const int Few = 10;
    private const int Many = 10_000;
    private const int Warmup = 500;
    private const int Rounds = 2_000;

    public static IEnumerable<Measured> Run()
    {
        using var few = new Watched(PumpPlace.ThreadPool, Few);
        using var many = new Watched(PumpPlace.ThreadPool, Many);
        using var others = new Watched(PumpPlace.ThreadPool, Many);
        WaitForAll(few);
        WaitForAll(many);
        WaitForAll(others);
        var ofFew = new List<Round>();
        var ofMany = new List<Round>();
        for (var i = 0; i < Warmup + Rounds; i++)
        {
            RunRound(others);
            ofFew.Add(RunRound(few));
            RunRound(others);
            ofMany.Add(RunRound(many));
        }

        ofFew.RemoveRange(0, Warmup);
        ofMany.RemoveRange(0, Warmup);
        var writerOfFew = Quantile(ofFew, 0.5, static r => r.Write);
        var writerOfMany = Quantile(ofMany, 0.5, static r => r.Write);
        yield return Row(Few, "writer", ofFew, static r => r.Write, "", null);
        yield return Row(Many, "writer", ofMany, static r => r.Write, "no dearer than with 10", writerOfMany <= writerOfFew * 1.1);
        yield return Row(Few, "the last has it", ofFew, static r => r.Told, "", null);
        yield return Row(Many, "the last has it", ofMany, static r => r.Told, "", null);
    }

    private static Round RunRound(Watched watched)
    {
        watched.Audience.Reset();
        var start = Stopwatch.GetTimestamp();
        watched.Change();
        var written = Stopwatch.GetTimestamp();
        WaitForAll(watched);
        return new Round(Stopwatch.GetElapsedTime(start, written), Stopwatch.GetElapsedTime(start, watched.Audience.LastAt));
    }

    private static void WaitForAll(Watched watched)
    {
        var wait = new SpinWait();
        while (!watched.Audience.IsTold)
            wait.SpinOnce(sleep1Threshold: -1);
    }

    private static Measured Row(int streams, string part, List<Round> rounds, Func<Round, TimeSpan> of, string target, bool? isMet) => new(
        string.Create(CultureInfo.InvariantCulture, $"one change told to {streams:N0} streams, pump on the thread pool: {part}"),
        string.Create(
            CultureInfo.InvariantCulture,
            $"median {Quantile(rounds, 0.5, of).TotalMicroseconds:N1} µs, p99 {Quantile(rounds, 0.99, of).TotalMicroseconds:N1} µs"),
        target,
        isMet);

    private static TimeSpan Quantile(List<Round> rounds, double share, Func<Round, TimeSpan> of) =>
        rounds.Select(of).Order().ElementAt((int)(share * (rounds.Count - 1)));

    private readonly record struct Round(TimeSpan Write, TimeSpan Told);
}
