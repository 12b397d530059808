using Registry.Client.Retrying;

namespace Registry.Client.Tests.Retrying;

public sealed class DecorrelatedBackoffTests
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    [Fact]
    public void Waits_stay_within_their_bounds_and_reach_the_longest()
    {
        var backoff = new DecorrelatedBackoff(Shortest, Longest, new Random(1));

        TimeSpan[] waits = [.. Enumerable.Range(0, 1000).Select(_ => backoff.Next())];

        Assert.All(waits, wait => Assert.InRange(wait, Shortest, Longest));
        Assert.Contains(Longest, waits);
    }

    [Fact]
    public void A_wait_is_at_most_three_times_the_one_before()
    {
        var backoff = new DecorrelatedBackoff(Shortest, Longest, new Random(2));

        var last = Shortest;
        for (var i = 0; i < 1000; i++)
        {
            var next = backoff.Next();
            Assert.True(next <= last * 3, $"{next} after {last}");
            last = next;
        }
    }

    [Fact]
    public void Clients_that_fail_together_do_not_come_back_together()
    {
        var waits = Enumerable.Range(0, 100)
            .Select(seed => new DecorrelatedBackoff(Shortest, Longest, new Random(seed)).Next())
            .Distinct();

        Assert.True(waits.Count() > 50);
    }

    [Fact]
    public void A_success_starts_over()
    {
        var backoff = new DecorrelatedBackoff(Shortest, Longest, new Random(3));
        for (var i = 0; i < 100; i++)
        {
            backoff.Next();
        }

        backoff.Reset();

        Assert.True(backoff.Next() <= Shortest * 3);
    }
}
