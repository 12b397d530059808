using System.Globalization;

namespace Registry.Benchmarks.Core.Measurements;

/// <summary>
/// Half a million lives of an instance in one go: what a pair of writes costs with its share of the garbage collections, of which an
/// iteration of a benchmark sees few.
/// </summary>
internal static class SteadyWriting
{
    private const int Warmup = 100_000;
    private const int Pairs = 500_000;
    private const int MaxNanoseconds = 5_000;

    public static IEnumerable<Measured> Run()
    {
        var benchmarks = new RegistrationBenchmarks();
        benchmarks.Setup();
        for (var i = 0; i < Warmup; i++)
            benchmarks.BesideAnother();

        var start = Environment.CpuUsage.TotalTime;
        var pause = GC.GetTotalPauseDuration();
        var (young, middle, old) = (GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2));
        for (var i = 0; i < Pairs; i++)
            benchmarks.BesideAnother();
        var perPair = (Environment.CpuUsage.TotalTime - start).TotalNanoseconds / Pairs;
        pause = GC.GetTotalPauseDuration() - pause;
        (young, middle, old) = (GC.CollectionCount(0) - young, GC.CollectionCount(1) - middle, GC.CollectionCount(2) - old);
        benchmarks.Cleanup();

        yield return new Measured(
            "register and deregister one instance, 500,000 times in one go: processor time per pair, collections included",
            string.Create(CultureInfo.InvariantCulture, $"{perPair:N0} ns, {1e9 / perPair:N0} per second of one core"),
            string.Create(CultureInfo.InvariantCulture, $"< {MaxNanoseconds:N0} ns"),
            perPair < MaxNanoseconds);
        yield return new Measured(
            "the same: collections of the generations 0, 1 and 2, and how long they stopped everything in all",
            string.Create(CultureInfo.InvariantCulture, $"{young}, {middle}, {old}; {pause.TotalMilliseconds:N0} ms"),
            "",
            null);
    }
}
