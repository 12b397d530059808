using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Leases;
using Registry.TestKit.Audits;
using Registry.TestKit.Changes;
using Registry.TestKit.Core;
using Registry.TestKit.Threads;
using Registry.TestKit.Time;
using Registry.TestKit.Watching;
using Xunit;

namespace Registry.Core.Tests.Stress;

/// <summary>
/// The races that leases are built against, many times each. Chance finds only the wide ones: tried with a word that is written instead
/// of compared, and with no application stripe, they fail in every run; with the leaf lock taken after the commit, or a Detach that
/// does not look at the incarnation, they stay green. Those are stopped at the line in AttachTests, LeaseExpiryTests and LeaseListTests.
/// </summary>
public sealed class LeaseRaceTests : IDisposable
{
    private const int Rounds = 300;

    private readonly DrivenClock _clock = new();
    private readonly ManualPump _pump = new();
    private readonly ServiceRegistry _registry;

    public LeaseRaceTests()
    {
        _registry = new ServiceRegistry(new RegistryOptions(), _clock, new HistoryLog(), _pump.Schedule);
        _registry.Start();
    }

    public void Dispose() => _registry.Dispose();

    [Fact]
    public void Attach_AgainstRevoke_EitherIsRefusedOrIsRemoved()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var lease = Grant();
            StartingGate.Run(
                () => Register(lease, "a"),
                () => Register(lease, "b"),
                () => Complete(_registry.RevokeLeaseAsync(lease, "", CancellationToken.None)));

            Assert.Equal(0, _registry.InstanceCount);
        }

        AssertWhole();
    }

    [Fact]
    public void Attach_AgainstExpiry_EitherIsRefusedOrIsRemoved()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var lease = Grant();
            _clock.Advance(TimeSpan.FromSeconds(15) - TimeSpan.FromTicks(1));
            StartingGate.Run(
                () => Register(lease, "a"),
                () => Register(lease, "b"),
                () => _clock.Advance(TimeSpan.FromMilliseconds(250)));

            // An instance that came in time hangs on a lease that is over or protected: in any case it goes.
            _clock.Advance(TimeSpan.FromMinutes(2));
            Assert.Equal((0, 0), (_registry.InstanceCount, _registry.LeaseCount));
        }

        AssertWhole();
    }

    [Fact]
    public void Renewal_AgainstExpiry_ExactlyOneWins()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var lease = Grant();
            Register(lease, "a");
            _clock.Advance(TimeSpan.FromSeconds(15) - TimeSpan.FromTicks(1));
            var isRenewed = false;
            Action renew = () => isRenewed = _registry.RenewLease(lease, "").Refusal is null;
            Action expire = () => _clock.Advance(TimeSpan.FromTicks(1));

            // Who comes last to the gate is often the first to leave it.
            StartingGate.Run(round % 2 == 0 ? [renew, expire] : [expire, renew]);

            Assert.Equal(isRenewed ? 1 : 0, _registry.InstanceCount);
            Assert.Equal(isRenewed ? 1 : 0, _registry.LeaseCount);
            Complete(_registry.RevokeLeaseAsync(lease, "", CancellationToken.None));

            // Past the window, so that the next round has a budget.
            _clock.Advance(TimeSpan.FromSeconds(61));
        }

        AssertWhole();
    }

    [Fact]
    public void Takeover_ToAndFro_LeavesTheInstanceOnTheListOfItsLease()
    {
        var (first, second) = (Grant(), Grant());
        StartingGate.Run(4, worker =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                Register(worker % 2 == 0 ? first : second, "a");
                if (i % 16 == worker)
                    Complete(_registry.ExecuteAsync(new DeregisterCommand(Given.Name("orders"), "", [new InstanceRef("a", 0)], null), CancellationToken.None));
            }
        });

        Register(first, "a");
        AssertWhole();
        Complete(_registry.RevokeLeaseAsync(first, "", CancellationToken.None));
        Complete(_registry.RevokeLeaseAsync(second, "", CancellationToken.None));
        Assert.Equal(0, _registry.InstanceCount);
        AssertWhole();
    }

    [Fact]
    public void Suspicion_AgainstRenewal_EndsAsTheWordSays()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var lease = Grant();
            Register(lease, "a", "b");
            _clock.Advance(TimeSpan.FromSeconds(15) - TimeSpan.FromTicks(1));
            StartingGate.Run(
                () => _clock.Advance(TimeSpan.FromTicks(1)),
                () => _registry.RenewLease(lease, ""),
                () => Register(lease, "a"));
            _clock.Advance(TimeSpan.FromMilliseconds(500));
            AssertWhole();
            Complete(_registry.RevokeLeaseAsync(lease, "", CancellationToken.None));
        }
    }

    [Fact]
    public void SameRegister_FromManyThreads_IsOneChangeAndOneAnswer()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var lease = Grant();
            var before = _registry.Revision;
            var outcomes = new CommandOutcome[4];
            var command = new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance("a")], [Given.Build($"x.I{round}")]);

            StartingGate.Run(4, i => outcomes[i] = Complete(_registry.ExecuteAsync(command, CancellationToken.None)));

            Assert.All(outcomes, o => Assert.Equal(outcomes[0], o));
            Assert.Equal(before + 1, _registry.Revision);
            Complete(_registry.ExecuteAsync(new DeregisterCommand(Given.Name("orders"), "", [new InstanceRef("a", 0)], lease), CancellationToken.None));
            Complete(_registry.ExecuteAsync(new WithdrawBuildsCommand(Given.Name("orders"), "", [.. BuildsOf(round)]), CancellationToken.None));
        }

        AssertWhole();

        static IEnumerable<string> BuildsOf(int round) => [Registry.Core.Instances.Build.Of([$"x.I{round}"]).Id];
    }

    private void AssertWhole()
    {
        _pump.Run();
        Assert.Empty(RegistryAudit.Check(_registry));
        Assert.False(_registry.Failed.IsFaulted);
    }

    private LeaseId Grant() => Complete(_registry.GrantLeaseAsync(null, "", CancellationToken.None)).Id;

    private void Register(LeaseId lease, params string[] instances) =>
        Complete(_registry.ExecuteAsync(
            new RegisterCommand(Given.Name("orders"), "", lease, [.. instances.Select(i => Given.Instance(i))], []), CancellationToken.None));

    private static T Complete<T>(ValueTask<T> task)
    {
        Assert.True(task.IsCompleted);
#pragma warning disable VSTHRD002 // It is complete.
        return task.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
