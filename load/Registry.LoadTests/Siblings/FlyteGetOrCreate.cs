using System.Collections.Concurrent;
using Registry.Core.Mapping;
using Registry.Core.Naming;
using Registry.Core.Tables;
using Registry.LoadTests.Siblings.Running;

namespace Registry.LoadTests.Siblings;

/// <summary>
/// FlyteAdmin, 2024: a stopwatch for each project and domain was made when it was first asked for, and kept in a map of maps that all
/// requests shared; the service died of a read beside a write. The fix put maps in place that can be shared, and left the way in which
/// they are filled: look, and if there is nothing, make one and put it there. Two requests that look together make two, the second
/// replaces the first, and what was done with the first is lost; a metric that is registered when it is made is registered twice.
/// </summary>
/// <remarks>
/// The rule: get-or-create is one step: under the lock that owns the key, or by a claim that one thread wins. A collection that is safe
/// for each single call does not make two calls safe.
/// </remarks>
internal static class FlyteGetOrCreate
{
    private const string Seed = "FlyteAdmin";
    private const string Rule = "get-or-create is one step: under the lock that owns the key, or by a claim that one thread wins";

    private static readonly QualifiedName Name = new(QualifiedName.Default, "shop.Orders");

    /// <summary>The original after its fix.</summary>
    public static Sibling TwoLevels { get; } =
        new(Seed, "load, then store, in shared maps", Rule, TwinOfTwoLevels, new Subject("StripedTable.FindOrAdd", FindOrAdd));

    /// <summary>The same mistake with a single place: a value that is made when it is first needed.</summary>
    public static Sibling OneCell { get; } =
        new(Seed, "load, then store, of one value", Rule, TwinOfOneCell, new Subject("TopicMessage.TryGetEncoded", TryGetEncoded));

    private static string? TwinOfTwoLevels()
    {
        var made = 0;
        return TwoAskers(stop =>
        {
            var timers = new TwoLevelMap<Made>(() => Make(ref made, stop));
            return () => timers.Of("project", "domain");
        }) ?? MadeOnce(made);
    }

    private static string? FindOrAdd()
    {
        var made = 0;
        var table = new StripedTable<MappingSnapshot>(16, LockLevel.InterfaceStripe);
        return TwoAskers(stop => () =>
        {
            var stripe = table.StripeOf(Name);
            using var held = stripe.Enter();
            return stripe.FindOrAdd(Name, name =>
            {
                Make(ref made, stop);
                return MappingSnapshot.Absent(name);
            });
        }) ?? MadeOnce(made);
    }

    private static string? TwinOfOneCell()
    {
        var made = 0;
        return TwoAskers(stop =>
        {
            var cell = new LazyCell<Made>(() => Make(ref made, stop));
            return () => cell.Value;
        }) ?? MadeOnce(made);
    }

    private static string? TryGetEncoded()
    {
        var made = 0;
        var message = MappingSnapshot.Absent(Name);
        return TwoAskers(stop => () =>
        {
            // Who is told that another thread makes it comes again, as the streams do. Asleep, so that the order of events can see that
            // this asker gets no further.
            Made? encoded;
            while (!message.TryGetEncoded(_ => Make(ref made, stop), out encoded))
                Thread.Sleep(1);
            return encoded;
        }) ?? MadeOnce(made);
    }

    // The first asker is stopped while it makes the object; the second asks meanwhile. Both must be given the same one.
    private static string? TwoAskers(Func<Action, Func<object>> subject)
    {
        Func<object>? ask = null;
        Action? stopFirst = null;
        object? first = null, second = null;
        ask = subject(() => Volatile.Read(ref stopFirst)?.Invoke());
        ForcedOrder.Run(
            stop =>
            {
                Volatile.Write(ref stopFirst, stop);
                first = ask();
            },
            () => second = ask());
        return ReferenceEquals(first, second) ? null : "two askers of one key hold two objects";
    }

    private static string? MadeOnce(int made) => made == 1 ? null : $"made {made} times";

    private static Made Make(ref int made, Action stop)
    {
        Interlocked.Increment(ref made);
        stop();
        return new Made();
    }

    private sealed class Made;

    private sealed class TwoLevelMap<T>(Func<T> make)
    {
        private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, T>> _projects = new();

        public T Of(string project, string domain)
        {
            if (!_projects.TryGetValue(project, out var domains))
            {
                domains = new ConcurrentDictionary<string, T>();
                _projects[project] = domains;
            }

            if (!domains.TryGetValue(domain, out var value))
            {
                value = make();
                domains[domain] = value;
            }

            return value;
        }
    }

    private sealed class LazyCell<T>(Func<T> make)
        where T : class
    {
        private volatile T? _value;

        public T Value
        {
            get
            {
                if (_value is { } there)
                    return there;
                var value = make();
                _value = value;
                return value;
            }
        }
    }
}
