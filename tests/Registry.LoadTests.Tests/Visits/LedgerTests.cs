using Registry.LoadTests.Visits;

namespace Registry.LoadTests.Tests.Visits;

/// <summary>
/// What a load tool counts must be right, or its verdict is not: the one in Agones lost counts, and crashed on its own map.
/// </summary>
public sealed class LedgerTests
{
    private const int Threads = 8;
    private const int Each = 5_000;

    [Fact]
    public async Task Ledger_UnderManyThreads_LosesNothing()
    {
        var ledger = new Ledger();
        var counted = await HammerAsync(
            number => ledger.Acknowledge(New(number), Change.OfOne(number, "a", null, null)),
            number => ledger.AcknowledgeLeaving(New(number), Change.OfOne(number, "a", null, null)),
            () => ledger.Lose(null),
            () => (ledger.Standing.Count, ledger.Left.Count, ledger.Log.Changes.Count, ledger.Log.Unknown));
        Assert.Equal(Expected, counted);
    }

    [Fact]
    public async Task LedgerWithPlainCounters_IsCaught()
    {
        var ledger = new PlainLedger();
        var counted = await HammerAsync(_ => ledger.Acknowledge(), _ => ledger.Leave(), ledger.Lose, ledger.Count);
        Assert.NotEqual(Expected, counted);
    }

    private static (int Standing, int Left, int Writes, int Unknown) Expected =>
        (Threads * Each / 2, Threads * Each / 2, Threads * Each * 3 / 2, Threads * Each);

    private static Registered New(int number) => new(number, "a", "i", [], HasLeft: false);

    private static async Task<(int Standing, int Left, int Writes, int Unknown)> HammerAsync(
        Action<int> acknowledge, Action<int> leave, Action lose, Func<(int Standing, int Left, int Writes, int Unknown)> count)
    {
        using var start = new Barrier(Threads);
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                for (var i = 0; i < Each; i++)
                {
                    var number = (thread * Each) + i;
                    acknowledge(number);
                    if (i % 2 == 0)
                        leave(number);
                    lose();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        return count();
    }

    // The load tool of the Agones seed: each of its steps is a read, and then a write of what was read and one more.
    private sealed class PlainLedger
    {
        private int _standing, _left, _writes, _unknown;

        public void Acknowledge()
        {
            Add(ref _standing, 1);
            Add(ref _writes, 1);
        }

        public void Leave()
        {
            Add(ref _standing, -1);
            Add(ref _left, 1);
            Add(ref _writes, 1);
        }

        public void Lose() => Add(ref _unknown, 1);

        public (int Standing, int Left, int Writes, int Unknown) Count() => (_standing, _left, _writes, _unknown);

        private static void Add(ref int counter, int count)
        {
            var seen = Volatile.Read(ref counter);
            if (seen % 97 == 0)
                Thread.Yield();
            Volatile.Write(ref counter, seen + count);
        }
    }
}
