using System.Globalization;
using Registry.Core.Naming;
using Registry.Core.Watching;

namespace Registry.Benchmarks.Core.Measurements;

/// <summary>
/// What a further subscription on an open stream keeps of the heap: 100 streams with one subscription each, then 1,000 more on each, one
/// by one, every one answered; the difference after forced collections.
/// </summary>
internal static class SubscriptionMemory
{
    private const int Streams = 100;
    private const int PerStream = 1_000;
    private const int MaxBytes = 500;

    public static IEnumerable<Measured> Run()
    {
        yield return Row("an application, the same 1,000 on every stream", Applications(distinct: false));
        yield return Row("an application, each followed by one stream", Applications(distinct: true));
        yield return Row("an interface and the application that comes with it, the same 1,000 on every stream", Interfaces());
        yield return Row("an application that nobody knows, the same 1,000 on every stream", Unknown());
    }

    private static double Applications(bool distinct)
    {
        using var registry = new BenchRegistry(PumpPlace.Inline);
        registry.Populate(distinct ? Streams * PerStream : PerStream, interfaces: 0);
        return Measure(registry, (stream, i) =>
            Topic.OfApplication(BenchRegistry.Name(BenchRegistry.ApplicationName(distinct ? (stream * PerStream) + i : i))));
    }

    private static double Interfaces()
    {
        using var registry = new BenchRegistry(PumpPlace.Inline);
        registry.Populate(PerStream, interfaces: 1);
        return Measure(registry, (_, i) => Topic.OfInterface(BenchRegistry.Name($"{BenchRegistry.ApplicationName(i)}.v1.Service0")));
    }

    private static double Unknown()
    {
        using var registry = new BenchRegistry(PumpPlace.Inline);
        return Measure(registry, (_, i) => Topic.OfApplication(BenchRegistry.Name(BenchRegistry.ApplicationName(i))));
    }

    private static double Measure(BenchRegistry registry, Func<int, int, Topic> topicOf)
    {
        var audience = new Audience(int.MaxValue);
        var streams = new WatchStream[Streams];
        for (var s = 0; s < Streams; s++)
        {
            streams[s] = registry.Registry.CreateWatch(new CountingSink(audience));
            streams[s].Open(new WatchOpening { Subscriptions = [(1, Topic.OfApplication(BenchRegistry.Name("first")))] });
        }

        var before = Settle();
        for (var s = 0; s < Streams; s++)
        {
            for (var i = 0; i < PerStream; i++)
            {
                // A new string each time, as out of a request: the stream keeps it.
                if (!streams[s].SubscribeAsync((ulong)(i + 2), topicOf(s, i), CancellationToken.None).IsCompletedSuccessfully)
                    throw new InvalidOperationException("a subscription has to be taken at once");
            }
        }

        var after = Settle();
        if (registry.Registry.WatchCounters.Subscriptions != Streams * (PerStream + 1))
            throw new InvalidOperationException("not all subscriptions stand");
        GC.KeepAlive(streams);
        return (after - before) / (double)(Streams * PerStream);
    }

    private static long Settle()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static Measured Row(string what, double bytes) => new(
        $"a further subscription, kept on the heap: {what}",
        string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} B"),
        $"< {MaxBytes} B",
        bytes < MaxBytes);
}
