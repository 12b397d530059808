using System.Collections.Concurrent;
using Registry.Client.Watching;
using Registry.LoadTests.Siblings.Running;
using Registry.Protocol.V1;

namespace Registry.LoadTests.Siblings;

/// <summary>
/// Zoraxy, 2024: looking up the country of an address by a slow scan was given a cache, one plain map that all requests wrote to; the
/// proxy died 20 to 30 minutes after each start. The fix took a map that can be shared, and had a timer clear it by putting a new one in
/// its place, while requests were reading the old one. In between it grows with every new address, and an address that is not found is
/// not remembered, so that it is scanned for each time.
/// </summary>
/// <remarks>
/// The rule: what is replaced while it is read is an immutable whole; a reader takes the reference once and stays with it. And: a cache
/// has a bound, a time to live, and remembers that there is nothing. In C# the swap of a reference is atomic, unlike that of Go's
/// structure; what is left of the mistake is to look at the field twice.
/// </remarks>
internal static class ZoraxyLookupCache
{
    private const string Seed = "Zoraxy";
    private const string Interface = "shop.Orders", Application = "orders", Build = "build";
    private const int Instances = 3;
    private const int Addresses = 10_000;

    /// <summary>A reader and the clearing.</summary>
    public static Sibling Swapped { get; } = new(
        Seed,
        "cache swapped while it is read",
        "an immutable whole is replaced; a reader takes the reference once and stays with it",
        SwapTwin,
        new Subject("ViewBuilder, RegistryView", SwapView));

    /// <summary>What the cache holds, and what it does not.</summary>
    public static Sibling Unbounded { get; } = new(
        Seed,
        "cache without a bound, misses not kept",
        "a cache has a bound and a time to live, and remembers that there is nothing",
        Fill,
        new Subject("RegistryClient, LocalView", DiscoveryCache.Round));

    private static string? SwapTwin()
    {
        Action? stopReader = null;
        var cache = new LookupCache(address => $"country of {address}", new CallingComparer(() => Volatile.Read(ref stopReader)?.Invoke()));
        cache.Find("192.0.2.1");
        string? found = null;
        ForcedOrder.Run(
            stop =>
            {
                Volatile.Write(ref stopReader, stop);
                found = cache.Find("192.0.2.1");
            },
            cache.Clear);
        return found == "country of 192.0.2.1" ? null : $"a cached address was found as {found}";
    }

    // The reader has asked whether all is there, and is stopped before it reads it; meanwhile the stream drops everything.
    private static string? SwapView()
    {
        var topic = TopicName.Interface("", Interface);
        var builder = new ViewBuilder();
        builder.Begin([new(1, topic)]);
        foreach (var message in Told())
            builder.Receive(message);
        ResolvedTopic? resolved = null;
        var held = builder.View;
        ForcedOrder.Run(
            stop =>
            {
                if (!held.Covers(topic))
                    return;
                stop();
                resolved = held.Resolve(topic);
            },
            () =>
            {
                foreach (var message in Dropped())
                    builder.Receive(message);
            });
        if (builder.View.Held.Any())
            return "what was dropped is still held";
        return resolved is { Status: ResolvedStatus.Available, Instances.Length: Instances } ? null : $"resolved as {resolved}";
    }

    private static IEnumerable<WatchResponse> Told()
    {
        yield return new() { Subscribed = new() { Id = 1 } };
        yield return new()
        {
            Interface = new()
            {
                Interface = Interface, Kind = TopicMessageKind.Snapshot, To = 1,
                Applications = { new MappedApplication { Application = Application, BuildIds = { Build } } },
            },
        };
        yield return new()
        {
            Application = new()
            {
                Application = Application, Kind = TopicMessageKind.Snapshot, To = 1,
                Instances = { Enumerable.Range(0, Instances).Select(i => new Instance { Id = $"{i}", BuildId = Build }) },
            },
        };
        yield return new() { Sync = new() { Epoch = "e", Revision = 1 } };
    }

    private static IEnumerable<WatchResponse> Dropped()
    {
        yield return new() { Dropped = new() { Topic = TopicName.Interface("", Interface).ToTopic() } };
        yield return new() { Dropped = new() { Topic = TopicName.Application("", Application).ToTopic() } };
        yield return new() { Sync = new() { Epoch = "e", Revision = 2 } };
    }

    private static string? Fill()
    {
        var scans = 0;
        var cache = new LookupCache(
            address =>
            {
                scans++;
                return address.StartsWith("192.", StringComparison.Ordinal) ? "somewhere" : "";
            },
            StringComparer.Ordinal);
        for (var i = 0; i < Addresses; i++)
            cache.Find($"192.0.{i / 256}.{i % 256}");
        var scansOfKnown = scans;
        for (var i = 0; i < Addresses; i++)
            cache.Find("198.51.100.1");
        return cache.Count == Addresses || scans - scansOfKnown > 1
            ? $"{cache.Count} entries after {Addresses} addresses, {scans - scansOfKnown} scans for one unknown address"
            : null;
    }

    private sealed class LookupCache(Func<string, string> scan, IEqualityComparer<string> comparer)
    {
        private volatile ConcurrentDictionary<string, string> _cache = new(comparer);

        public int Count => _cache.Count;

        public string Find(string address)
        {
#pragma warning disable CA1854 // Two looks at the field are the mistake.
            if (_cache.ContainsKey(address))
                return _cache[address];
#pragma warning restore CA1854
            var found = scan(address);
            if (found.Length > 0)
                _cache[address] = found;
            return found;
        }

        public void Clear() => _cache = new(comparer);
    }

    /// <summary>A comparer of strings that lets somebody know when it compares.</summary>
    private sealed class CallingComparer(Action compared) : IEqualityComparer<string>
    {
        public bool Equals(string? x, string? y)
        {
            compared();
            return StringComparer.Ordinal.Equals(x, y);
        }

        public int GetHashCode(string text) => StringComparer.Ordinal.GetHashCode(text);
    }
}
