using Registry.Core.Leases;
using Registry.TestKit.Core;
using Registry.TestKit.Time;
using Xunit;

namespace Registry.Core.Tests.Leases;

/// <summary>What a lease lists and what it tells of its losses, when takings-off come late.</summary>
public sealed class LeaseListTests
{
    private readonly Lease _lease = new(LeaseId.NewRandom(), TimeSpan.FromSeconds(15), "", new LeaseClock(new DrivenClock()).Now);

    [Fact]
    public void Detach_ThatComesAfterTheSameLeaseHasRegisteredAgain_LeavesTheNewLifeListed()
    {
        Attach(5);
        Attach(9);

        Detach(5, LossCause.TakenOver);

        Assert.Equal([(Given.Name("orders"), "a")], _lease.ReadHeld());
        Assert.Empty(_lease.ReadLosses());
    }

    [Fact]
    public void TwoDetaches_InTheWrongOrder_TellTheLaterLife()
    {
        Attach(5);
        Attach(9);

        Detach(9, LossCause.Deregistered);
        Detach(5, LossCause.TakenOver);

        Assert.Empty(_lease.ReadHeld());
        Assert.Equal([new LostInstance(Given.Name("orders"), "a", 9, LossCause.Deregistered)], _lease.ReadLosses());
    }

    [Fact]
    public void Loss_IsForgotten_WhenTheLeaseHoldsTheInstanceAgain()
    {
        Attach(5);
        Detach(5, LossCause.TakenOver);
        Assert.Single(_lease.ReadLosses());

        Attach(9);

        Assert.Empty(_lease.ReadLosses());
    }

    [Fact]
    public void Detach_ByTheHolderItself_IsNoLoss()
    {
        Attach(5);

        Detach(5, cause: null);

        Assert.Empty(_lease.ReadHeld());
        Assert.Empty(_lease.ReadLosses());
    }

    [Fact]
    public void Losses_AreBounded()
    {
        for (var i = 0; i < 2_000; i++)
            _lease.Detach(Given.Name("orders"), $"i{i}", i + 1, LossCause.TakenOver);

        Assert.Equal(1_000, _lease.ReadLosses().Count);
    }

    private void Attach(long incarnation)
    {
        using var held = _lease.EnterForAttach();
        _lease.AttachUnderLeaf(Given.Name("orders"), "a", incarnation);
    }

    private void Detach(long incarnation, LossCause? cause) => _lease.Detach(Given.Name("orders"), "a", incarnation, cause);
}
