using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.TestKit.Core;
using Registry.TestKit.Threads;
using Xunit;

namespace Registry.Core.Tests.Leases;

/// <summary>
/// Attaching against the end of the lease, stopped at the lines where it matters. The races themselves are too short for chance:
/// with the leaf lock taken only after the commit, hundreds of rounds of a statistical test stayed green, and these are red at once.
/// </summary>
public sealed class AttachTests
{
    [Fact]
    public void LeaseThatEndsWhileARegisterCommits_TakesTheInstanceWithIt()
    {
        using var driven = new DrivenRegistry();
        using var inCommit = new SyncPoint();
        var lease = driven.Grant();
        driven.Log.Appending = inCommit.Pass;
        CommandOutcome registered = default;
        var register = Start(() => registered = driven.Execute(Register(lease)));
        inCommit.WaitForArrival();

        // The register has looked at the lease and found it alive. The lease ends now; its list must not be read before the commit.
        LeaseRevocation revoked = default;
        var revoke = Start(() => revoked = Revoke(driven, lease));
        SyncPoint.WaitUntilStuckOrDone(revoke);
        inCommit.GoOn();
        Join(register, revoke);

        Assert.Null(registered.Refusal);
        Assert.Equal((null, 1), (revoked.Refusal, revoked.Removed));
        Assert.Equal(0, driven.Registry.InstanceCount);
    }

    [Fact]
    public void LeaseThatExpiresWhileARegisterCommits_TakesTheInstanceWithIt()
    {
        using var driven = new DrivenRegistry();
        using var inCommit = new SyncPoint();
        var lease = driven.Grant();
        driven.Clock.Advance(TimeSpan.FromSeconds(15) - TimeSpan.FromTicks(1));
        driven.Log.Appending = inCommit.Pass;
        var register = Start(() => driven.Execute(Register(lease)));
        inCommit.WaitForArrival();

        var expiry = Start(() => driven.Clock.Advance(TimeSpan.FromTicks(1)));
        SyncPoint.WaitUntilStuckOrDone(expiry);
        inCommit.GoOn();
        Join(register, expiry);

        Assert.Equal((0, 0), (driven.Registry.InstanceCount, driven.Registry.LeaseCount));
    }

    [Fact]
    public void LeaseThatEndsBetweenDecideAndCommit_IsSeen_AndNothingIsLeft()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        CommandOutcome registered = default;
        Thread register;
        using (driven.Registry.Interfaces.StripeOf(Given.Name("x.Y")).Enter())
        {
            // It has decided and waits for the interface's stripe.
            register = Start(() => registered = driven.Execute(Register(lease)));
            SyncPoint.WaitUntilStuckOrDone(register);
            Assert.Null(Revoke(driven, lease).Refusal);
        }

        Join(register);
        Assert.Equal((ErrorKind.NotFound, ErrorReasons.LeaseUnknown), (registered.Refusal!.Kind, registered.Refusal.Reason));
        Assert.Equal((0L, 0), (driven.Registry.Revision, driven.Log.Reservations));
        Assert.Equal((0, 0), (driven.Registry.Applications.CountEntries(), driven.Registry.Interfaces.CountEntries()));
    }

    [Fact]
    public void LeaseThatBecomesOverdueBetweenDecideAndCommit_IsRenewedByIt()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "billing", Given.Instance("a"), Given.Instance("b"));
        driven.Clock.Advance(TimeSpan.FromSeconds(15) - TimeSpan.FromTicks(1));
        CommandOutcome registered = default;
        Thread register;
        using (driven.Registry.Interfaces.StripeOf(Given.Name("x.Y")).Enter())
        {
            register = Start(() => registered = driven.Execute(Register(lease)));
            SyncPoint.WaitUntilStuckOrDone(register);
            var expiry = Start(() => driven.Clock.Advance(TimeSpan.FromTicks(1)));
            Join(expiry);
            Assert.Equal(InstanceState.Suspect, driven.Read("billing", "a").State);
        }

        Join(register);
        driven.Clock.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Null(registered.Refusal);
        Assert.Equal((InstanceState.Up, InstanceState.Up), (driven.Read("orders", "a").State, driven.Read("billing", "a").State));
    }

    private static RegisterCommand Register(LeaseId lease) =>
        new(Given.Name("orders"), "", lease, [Given.Instance("a")], [Given.Build("x.Y")]);

    private static LeaseRevocation Revoke(DrivenRegistry driven, LeaseId lease)
    {
        var revoked = driven.Registry.RevokeLeaseAsync(lease, "", CancellationToken.None);
        Assert.True(revoked.IsCompleted);
#pragma warning disable VSTHRD002 // It is complete.
        return revoked.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    private static Thread Start(Action work)
    {
        var thread = new Thread(() => work()) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static void Join(params Thread[] threads) =>
        Assert.All(threads, thread => Assert.True(thread.Join(TimeSpan.FromSeconds(30)), "a deadlock"));
}
