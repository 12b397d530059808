using Registry.Core;
using Registry.Core.Leases;
using Registry.LoadTests.Siblings.Running;
using Registry.TestKit.Threads;

namespace Registry.LoadTests.Siblings;

/// <summary>
/// Agones, 2024: a load test of the game server fleet counted the failures of each client in a map of maps, from all the goroutines of a
/// client, with a plain increment. Forty-eight minutes into a run the runtime found two of them writing and ended the program. The first
/// fix made the increment atomic, on a copy of the number that was never put back: no crash, and no counts. The second put the copy back,
/// which is the first mistake again.
/// </summary>
/// <remarks>
/// The rule: a count is one atomic operation on the one place where the number lives, and the map that the place is found in has a
/// synchronisation of its own. And: test that the totals are right, not that nothing crashes.
/// </remarks>
internal static class AgonesCounters
{
    private const string Seed = "Agones";
    private const string Rule = "one atomic operation on the number itself, in a map that is synchronised as a map; test totals";
    private const string Ours = "ServiceRegistry: LeaseTable, LeaseCounters";
    private const int Threads = 4;
    private const int Clients = 32;
    private const int CountsPerThread = 20_000;
    private const int LeasesPerThread = 10;
    private const int RenewalsPerLease = 200;

    /// <summary>The original.</summary>
    public static Sibling PlainMap { get; } =
        new(Seed, "plain map of plain counters", Rule, () => Storm(new PlainCounters()), new Subject(Ours, GrantAndRenew));

    /// <summary>Its first fix.</summary>
    public static Sibling CopiedCount { get; } =
        new(Seed, "atomic increment of a copy", Rule, () => Storm(new CopyingCounters()), new Subject(Ours, GrantAndRenew));

    private interface ICounters
    {
        void Failed(string client, string error);

        long FailuresOf(string client);
    }

    // By chance: there is no place in an increment to stop a thread at.
    private static string? Storm(ICounters counters)
    {
        string[] clients = [.. Enumerable.Range(0, Clients).Select(i => $"client-{i}")];
        StartingGate.Run(Threads, _ =>
        {
            for (var i = 0; i < CountsPerThread; i++)
                counters.Failed(clients[i % Clients], "Unavailable");
        });
        var counted = clients.Sum(counters.FailuresOf);
        return counted == Threads * CountsPerThread ? null : $"{counted} failures counted of {Threads * CountsPerThread}";
    }

    // A lease is what the registry remembers of a client. Every thread renews its own and one that all share.
    private static string? GrantAndRenew()
    {
        using var registry = new ServiceRegistry(new RegistryOptions(), TimeProvider.System);
        registry.Start();
        var shared = Grant(registry);
        StartingGate.Run(Threads, _ =>
        {
            for (var i = 0; i < LeasesPerThread; i++)
            {
                var own = Grant(registry);
                for (var r = 0; r < RenewalsPerLease; r++)
                {
                    if (registry.RenewLease(own, "").Refusal is not null || registry.RenewLease(shared, "").Refusal is not null)
                        throw new InvalidOperationException("a lease that was granted is not known");
                }
            }
        });
        var (granted, renewed, known) = (registry.LeaseCounters.GrantedTotal, registry.LeaseCounters.RenewedTotal, registry.LeaseCount);
        const int Grants = 1 + (Threads * LeasesPerThread), Renewals = 2 * Threads * LeasesPerThread * RenewalsPerLease;
        return granted == Grants && known == Grants && renewed == Renewals
            ? null
            : $"{granted} grants counted and {known} leases known of {Grants}, {renewed} renewals counted of {Renewals}";
    }

    private static LeaseId Grant(ServiceRegistry registry)
    {
#pragma warning disable VSTHRD002 // A thread of its own; the wait is what keeps it one.
        var grant = registry.GrantLeaseAsync(null, "", CancellationToken.None).AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        return grant.Refusal is null ? grant.Id : throw new InvalidOperationException("a lease was refused");
    }

    private sealed class PlainCounters : ICounters
    {
        private readonly Dictionary<string, long> _failures = [];
        private readonly Dictionary<string, Dictionary<string, long>> _details = [];

        public void Failed(string client, string error)
        {
            _failures[client] = _failures.GetValueOrDefault(client) + 1;
            if (!_details.TryGetValue(client, out var details))
                _details[client] = details = [];
            details[error] = details.GetValueOrDefault(error) + 1;
        }

        public long FailuresOf(string client) => Math.Min(_failures[client], _details[client].Values.Sum());
    }

    private sealed class CopyingCounters : ICounters
    {
        private readonly Dictionary<string, long> _failures = [];

        public void Failed(string client, string error)
        {
            var count = _failures.GetValueOrDefault(client);
            Interlocked.Increment(ref count);
        }

        public long FailuresOf(string client) => _failures.GetValueOrDefault(client);
    }
}
