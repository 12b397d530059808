using Registry.TestKit.Threads;

namespace Registry.TestKit.Linearizability;

/// <summary>One short concurrent history: a few threads that start together and do random things to a few instances.</summary>
/// <param name="Seed">All choices but the threads' interleaving follow from it.</param>
public sealed record ConcurrentRun(int Seed)
{
    public int Threads { get; init; } = 3;

    /// <summary>Of all threads together.</summary>
    public int Operations { get; init; } = 40;

    public int Instances { get; init; } = 3;

    /// <summary>One in so many writes and renewals gets no answer; 0: all do.</summary>
    public int LostOneIn { get; init; } = 12;

    /// <summary>A run whose measures follow from the seed: 2 to 4 threads, 20 to 60 operations, 1 to 4 instances.</summary>
    public static ConcurrentRun Of(int seed)
    {
        var random = new Random(seed);
        return new ConcurrentRun(seed) { Threads = random.Next(2, 5), Operations = random.Next(20, 61), Instances = random.Next(1, 5) };
    }

    /// <summary>Runs it.</summary>
    public RegistryHistory Against(IRegistryClient registry, TimeSpan ttl)
    {
        var history = new RegistryHistory(registry, ttl);
        var shared = history.Grant();
        var working = Threads;
        var arrived = 0;
        var works = Enumerable.Range(0, Threads).Select(client => (Action)(() =>
        {
            var random = new Random((Seed * 31) + client);
            var leases = new[] { shared, history.Grant() };
            var lives = new long[Instances];
            Meet(ref arrived, Threads + 1);
            for (var i = 0; i < Operations / Threads; i++)
            {
                Step(history, client, random, leases, lives, $"{client}.{i}");
                Stagger(random);
            }

            Interlocked.Decrement(ref working);
        }));
        StartingGate.Run([.. works, () =>
        {
            var random = new Random((Seed * 31) - 1);
            Meet(ref arrived, Threads + 1);
            do
            {
                history.Advance(TimeSpan.FromMilliseconds(random.Next(20, 400)));
                Stagger(random);
            }
            while (Volatile.Read(ref working) > 0);
        }]);
        return history;
    }

    private void Step(RegistryHistory history, int client, Random random, int[] leases, long[] lives, string content)
    {
        var instance = random.Next(Instances);
        var lease = leases[random.Next(leases.Length)];
        var fate = LostOneIn > 0 && random.Next(LostOneIn) == 0 ? (Fate)random.Next(1, 3) : Fate.Answered;
        var asked = random.Next(20) switch
        {
            < 6 => new RegistryOperation(RegistryAction.Register) { Lease = lease, Content = content },
            < 9 => new RegistryOperation(RegistryAction.Update) { Content = content },
            < 11 => new RegistryOperation(RegistryAction.Deregister),
            < 15 => new RegistryOperation(RegistryAction.Renew) { Lease = lease },
            _ => new RegistryOperation(RegistryAction.Resolve),
        };
        // The life that this client saw last, which may long be over.
        if (asked.Action is RegistryAction.Update or RegistryAction.Deregister && random.Next(3) > 0)
            asked = asked with { Meant = lives[instance] };
        var answered = history.Do(client, instance, asked, fate);
        if (answered.Incarnation > 0)
            lives[instance] = answered.Incarnation;
        if (fate != Fate.Answered && random.Next(2) == 0)
        {
            // What a good client does: the same again.
            history.Do(client, instance, asked);
        }
        else if (fate == Fate.Answered && answered.Answer == RegistryAnswer.LeaseUnknown)
        {
            leases[Array.IndexOf(leases, lease)] = history.Grant();
        }
    }

    // The gate wakes threads one after the other; the last few microseconds are spun, or the first would be done before the last wakes.
    private static void Meet(ref int arrived, int all)
    {
        Interlocked.Increment(ref arrived);
        var spin = default(SpinWait);
        while (Volatile.Read(ref arrived) < all)
            spin.SpinOnce(sleep1Threshold: -1);
    }

    // Not waiting for anything: it lets threads meet in other places each time.
    private static void Stagger(Random random)
    {
        if (random.Next(3) == 0)
            Thread.Yield();
        else
            Thread.SpinWait(random.Next(60));
    }
}
