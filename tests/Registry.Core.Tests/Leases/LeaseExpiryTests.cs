using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.TestKit.Core;
using Registry.TestKit.Time;
using Xunit;

namespace Registry.Core.Tests.Leases;

/// <summary>The expiry with an authority that lets something happen between the look at a lease and the claim that it is over.</summary>
public sealed class LeaseExpiryTests : ILeaseAuthority, ICommandOrder
{
    private readonly DrivenClock _time = new();
    private readonly LeaseClock _clock;
    private readonly LeaseTable _leases = new(maxLeases: 100);
    private readonly LeaseCounters _counters = new();
    private readonly LeaseExpiry _expiry;
    private readonly List<Command> _sent = [];
    private Action<Lease> _beforeClaim = _ => { };

    public LeaseExpiryTests()
    {
        _clock = new LeaseClock(_time);
        _expiry = new LeaseExpiry(_leases, _clock, new LeaseOptions(), this, this, leasedOf: _ => 4, leasedInAll: () => 4, _counters);
    }

    [Fact]
    public async Task Instance_AttachedBeforeTheClaim_IsOnTheListThatIsRemoved()
    {
        var lease = Grant("a");
        _beforeClaim = l => Attach(l, "late");

        await RunOutAsync();

        Assert.Equal(LeaseState.Expired, lease.Word.State);
        var removal = Assert.IsType<RemoveHeldCommand>(Assert.Single(_sent));
        var lives = new[] { "a", "late" }.Select(id => new Instance(Given.Instance(id), lease.Id, lease.Ttl, "", incarnation: 1, isSuspect: false));
        var decision = removal.Decide(new ApplicationSnapshot(Given.Name("orders"), [.. lives], []), new DecisionContext(_leases, new LimitOptions()));
        Assert.Equal(["a", "late"], decision.Change!.Removals);
    }

    [Fact]
    public async Task Renewal_BeforeTheClaim_Wins_AndTheBudgetIsGivenBack()
    {
        var renewed = Grant("a");
        _beforeClaim = l => Assert.True(l.TryRenew(_clock.Now, out _));
        await RunOutAsync();
        Assert.Equal((LeaseState.Active, 0, 0L), (renewed.Word.State, _sent.Count, _counters.ExpiredTotal));

        // Of four instances one may expire in the window. It has not been used.
        _beforeClaim = _ => { };
        await RunOutAsync();
        Assert.Equal((LeaseState.Expired, 1L), (renewed.Word.State, _counters.ExpiredTotal));
    }

    [Fact]
    public async Task RunThatComesTooLate_IsAPause_AndNobodyExpires()
    {
        var lease = Grant("a");
        await _expiry.RunAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(40));

        await _expiry.RunAsync(CancellationToken.None);

        Assert.Equal(LeaseState.Active, lease.Word.State);
        Assert.Equal((1L, TimeSpan.FromSeconds(40)), (_counters.PausesTotal, _counters.Paused));
    }

    ValueTask<RegistryError?> ILeaseAuthority.GrantAsync(Lease lease, CancellationToken cancellationToken) => throw new NotSupportedException();

    ValueTask<bool> ILeaseAuthority.ClaimExpiredAsync(Lease lease, LeaseWord seen, CancellationToken cancellationToken)
    {
        _beforeClaim(lease);
        return new LocalLeaseAuthority(_leases, maxLeases: 100).ClaimExpiredAsync(lease, seen, cancellationToken);
    }

    ValueTask<CommandOutcome> ICommandOrder.ExecuteAsync(Command command, CancellationToken cancellationToken)
    {
        _sent.Add(command);
        return default;
    }

    private Lease Grant(string instance)
    {
        var lease = new Lease(LeaseId.NewRandom(), TimeSpan.FromSeconds(15), "", _clock.Now);
        Assert.True(_leases.TryAdd(lease));
        Attach(lease, instance);
        _expiry.Add(lease);
        return lease;
    }

    private static void Attach(Lease lease, string instance)
    {
        using var held = lease.EnterForAttach();
        lease.AttachUnderLeaf(Given.Name("orders"), instance, incarnation: 1);
    }

    private async Task RunOutAsync()
    {
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromSeconds(15.25); passed += TimeSpan.FromMilliseconds(250))
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            await _expiry.RunAsync(CancellationToken.None);
        }
    }
}
