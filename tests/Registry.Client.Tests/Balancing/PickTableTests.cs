using System.Globalization;
using Registry.Client.Balancing;
using Registry.Client.Resolving;
using Registry.TestKit.Threads;

namespace Registry.Client.Tests.Balancing;

public sealed class PickTableTests
{
    [Fact]
    public void HealthyZone_KeepsItsCalls()
    {
        var table = Table("a", "1 up a 100", "2 up a 100", "3 up b 100", "4 up b 100", "5 up c 100", "6 up c 100");
        Assert.Equal(Shares(("1", 0.5), ("2", 0.5)), Picked(table));
    }

    [Fact]
    public void ZoneThatLostHalf_SpillsOver_SoThatNobodyGetsMoreThanItsShare()
    {
        // One of 5 equal parts is here, and a third of the callers: 0.6 of their calls stay, 0.4 go to the other four.
        var table = Table("a", "1 up a 100", "3 up b 100", "4 up b 100", "5 up c 100", "6 up c 100");
        Assert.Equal(Shares(("1", 0.6), ("3", 0.1), ("4", 0.1), ("5", 0.1), ("6", 0.1)), Picked(table));
    }

    [Fact]
    public void ZoneWithoutInstances_AndCallersWithoutAZone_UseAll()
    {
        Assert.Equal(Shares(("1", 0.25), ("2", 0.75)), Picked(Table("z", "1 up a 100", "2 up b 300")));
        Assert.Equal(Shares(("1", 0.25), ("2", 0.75)), Picked(Table("", "1 up a 100", "2 up b 300")));
    }

    [Theory]
    [InlineData("up, others", "1", "1 up a 1", "2 up a 0", "3 suspect a 100", "4 draining a 100", "5 down a 100")]
    [InlineData("of weight 0", "2", "2 up a 0", "3 suspect a 100", "4 draining a 100", "5 down a 100")]
    [InlineData("suspect", "3", "3 suspect a 100", "4 draining a 100", "5 down a 100")]
    [InlineData("draining", "4", "4 draining a 100", "5 down a 100")]
    public void WorseInstances_GetCallsOnlyWhenNoneIsBetter(string what, string expected, params string[] candidates)
    {
        Assert.NotEmpty(what);
        Assert.Equal([expected], Picked(Table("a", candidates)).Keys);
    }

    [Fact]
    public void SuspectInTheOwnZone_IsNoReasonToStayThere() =>
        Assert.Equal(["2"], Picked(Table("a", "1 suspect a 100", "2 up b 100")).Keys);

    [Fact]
    public void OnlyDownOnes_AreNobody()
    {
        var table = Table("a", "5 down a 100");
        Assert.True(table.IsEmpty);
        Assert.False(table.TryPick(out _, out _));
    }

    [Fact]
    public void PowerOfTwoChoices_AvoidsWhoHasManyOpenCalls()
    {
        var busy = new OpenCalls();
        var idle = new OpenCalls();
        var table = PickTable<string>.Of(
            [new("busy", InstanceStatus.Up, "", 100, busy), new("idle", InstanceStatus.Up, "", 100, idle)], "", BalancingPolicy.PowerOfTwoChoices);
        for (var i = 0; i < 10; i++)
        {
            busy.Begin();
        }

        // Only when it is drawn twice does the busy one get a call: one in four.
        Assert.InRange(Picks(table, 4_000).Count(picked => picked == "busy"), 800, 1_200);
        for (var i = 0; i < 10; i++)
        {
            busy.End();
        }

        Assert.InRange(Picks(table, 4_000).Count(picked => picked == "busy"), 1_800, 2_200);
    }

    [Fact]
    public void ThreadsThatPickAtOnce_StillMeetTheWeightsExactly()
    {
        // The ring of 256 slots is gone round 500 times by 4 threads, and no turn is taken twice or left out.
        var table = Table("", "1 up a 100", "2 up a 100");
        var counts = new int[2];
        StartingGate.Run(4, _ =>
        {
            for (var i = 0; i < 256 * 125; i++)
            {
                table.TryPick(out var picked, out var _);
                Interlocked.Increment(ref counts[picked == "1" ? 0 : 1]);
            }
        });
        Assert.Equal([64_000, 64_000], counts);
    }

    [Theory]
    [InlineData(BalancingPolicy.WeightedRoundRobin)]
    [InlineData(BalancingPolicy.PowerOfTwoChoices)]
    public void Pick_AllocatesNothing(BalancingPolicy policy)
    {
        var table = PickTable<string>.Of(
            Enumerable.Range(0, 100).Select(i => new Candidate<string>($"{i}", InstanceStatus.Up, $"{i % 3}", i + 1, new OpenCalls())), "1", policy);
        table.TryPick(out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            table.TryPick(out _, out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    // "id status zone weight"
    private static PickTable<string> Table(string zone, params string[] candidates) => PickTable<string>.Of(
        candidates.Select(text => text.Split(' ')).Select(parts => new Candidate<string>(
            parts[0], Enum.Parse<InstanceStatus>(parts[1], ignoreCase: true), parts[2], int.Parse(parts[3], CultureInfo.InvariantCulture), new OpenCalls())),
        zone,
        BalancingPolicy.WeightedRoundRobin);

    private static IEnumerable<string> Picks(PickTable<string> table, int count) => Enumerable.Range(0, count).Select(_ =>
    {
        Assert.True(table.TryPick(out var picked, out var _));
        return picked;
    });

    // Once round the largest ring: exact shares, whatever the start.
    private static SortedDictionary<string, double> Picked(PickTable<string> table) => new(
        Picks(table, 65_536).CountBy(picked => picked).ToDictionary(picked => picked.Key, picked => Math.Round(picked.Value / 65_536.0, 2)),
        StringComparer.Ordinal);

    private static SortedDictionary<string, double> Shares(params (string Id, double Share)[] shares) =>
        new(shares.ToDictionary(share => share.Id, share => share.Share), StringComparer.Ordinal);
}
