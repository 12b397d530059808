using Registry.Core.Leases;
using Registry.TestKit.Threads;
using Xunit;

namespace Registry.Core.Tests.Leases;

/// <summary>The lease's word under two hands.</summary>
public sealed class LeaseWordTests
{
    private const int Leases = 300;

    [Fact]
    public void End_IsFinal_HoweverARenewalRacesWithIt()
    {
        // The renewer is renewing all the time while the other one ends the lease, so that the end falls into a renewal about every other
        // time: a renewal that stores instead of comparing brings the dead lease back.
        var now = TimeSpan.TicksPerHour;
        var leases = Enumerable.Range(0, Leases).Select(_ => new Lease(LeaseId.NewRandom(), TimeSpan.FromSeconds(1), "", now)).ToArray();
        var (renewing, ended, back) = (-1, -1, 0);
        StartingGate.Run(
            () =>
            {
                for (var i = 0; i < Leases; i++)
                {
                    Volatile.Write(ref renewing, i);
                    while (leases[i].TryRenew(now, out _) && Volatile.Read(ref ended) < i)
                    {
                    }

                    if (leases[i].Word.State != LeaseState.Expired)
                        back++;
                }
            },
            () =>
            {
                for (var i = 0; i < Leases; i++)
                {
                    while (Volatile.Read(ref renewing) < i)
                        Thread.Yield();
                    Thread.SpinWait(i % 16);
                    End(leases[i]);
                    Volatile.Write(ref ended, i);
                }
            });

        Assert.Equal(0, back);
    }

    // As the registry's own authority claims it: by compare-and-set on what was seen, again if a renewal came between.
    private static void End(Lease lease)
    {
        LeaseWord seen;
        do
        {
            seen = lease.Word;
            Assert.NotEqual(LeaseState.Expired, seen.State);
        }
        while (!lease.TryChange(seen, new LeaseWord(seen.Deadline, LeaseState.Expired)));
    }
}
