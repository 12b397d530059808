using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Leases;

/// <summary>Instances without a lease, which a holder registers and only a deregister removes.</summary>
public sealed class HolderTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public void Holder_TimePasses_TheInstanceStaysUp()
    {
        using var driven = new DrivenRegistry();

        Hold(driven, "files", "orders", Given.Instance("a"));
        driven.Advance(TimeSpan.FromHours(2));

        var instance = driven.Read("orders", "a");
        Assert.Equal(("files", InstanceState.Up, 1L, 1L), (instance.Holder, instance.State, instance.Incarnation, instance.Revision));
        Assert.Equal((1, 0), (driven.Registry.InstanceCount, driven.Registry.LeaseCount));
    }

    [Fact]
    public void Deregister_RemovesIt_ByItsIncarnationToo()
    {
        using var driven = new DrivenRegistry();
        Hold(driven, "files", "orders", Given.Instance("a"), Given.Instance("b"));

        Assert.Equal(1, driven.Deregister("orders", "a").Removed);
        Assert.Equal(0, driven.Do(new DeregisterCommand(Given.Name("orders"), "", [new InstanceRef("b", 9)], null)).Removed);
        Assert.Equal(1, driven.Do(new DeregisterCommand(Given.Name("orders"), "", [new InstanceRef("b", 1)], null)).Removed);

        Assert.Equal(0, driven.Registry.InstanceCount);
    }

    [Fact]
    public void SameHolderAgain_IsNothing_OrAnUpdateUnderTheSameIncarnation()
    {
        using var driven = new DrivenRegistry();
        Hold(driven, "files", "orders", Given.Instance("a"), Given.Instance("b"));

        Assert.Equal(1, Hold(driven, "files", "orders", Given.Instance("a")).Revision);
        Assert.Equal(2, Hold(driven, "files", "orders", Given.Instance("a", port: 9)).Revision);

        var instance = driven.Read("orders", "a");
        Assert.Equal((1L, 2L, 9), (instance.Incarnation, instance.Revision, instance.Declaration.Endpoints[0].Port));
    }

    [Fact]
    public void Update_LeavesTheHolderAlone()
    {
        using var driven = new DrivenRegistry();
        Hold(driven, "files", "orders", Given.Instance("a"));

        driven.Do(new UpdateCommand(Given.Name("orders"), "", [new InstancePatch { Instance = new("a", 1), State = DeclaredState.Draining }]));

        var instance = driven.Read("orders", "a");
        Assert.Equal(("files", InstanceState.Draining, 1L, 2L), (instance.Holder, instance.State, instance.Incarnation, instance.Revision));
    }

    [Fact]
    public void AnotherHolder_TakesOver_AndTheOlderIncarnationIsSuperseded()
    {
        using var driven = new DrivenRegistry();
        Hold(driven, "files", "orders", Given.Instance("a"));

        Hold(driven, "pipeline", "orders", Given.Instance("a"));

        Assert.Equal(("pipeline", 2L), (driven.Read("orders", "a").Holder, driven.Read("orders", "a").Incarnation));
        Assert.Equal(
            ErrorReasons.IncarnationSuperseded,
            driven.Refused(new DeregisterCommand(Given.Name("orders"), "", [new InstanceRef("a", 1)], null)).Reason);
    }

    [Fact]
    public async Task Holder_AfterALease_TakesOver_TheLeaseIsTold_AndItsEndRemovesNothing()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"), Given.Instance("b"));

        Hold(driven, "files", "orders", Given.Instance("a"));

        Assert.Equal(2L, driven.Read("orders", "a").Incarnation);
        Assert.Equal([new LostInstance(Given.Name("orders"), "a", 1, LossCause.TakenOver)], driven.Registry.RenewLease(lease, "").Lost);
        Assert.Equal(1, (await driven.Registry.RevokeLeaseAsync(lease, "", CancellationToken.None)).Removed);
        Assert.True(driven.Has("orders", "a"));
    }

    [Fact]
    public async Task Lease_AfterAHolder_TakesOver_AndItsEndRemovesIt()
    {
        using var driven = new DrivenRegistry();
        Hold(driven, "files", "orders", Given.Instance("a"));
        var lease = driven.Grant();

        driven.Register(lease, "orders", Given.Instance("a"));

        Assert.Equal(("", 2L), (driven.Read("orders", "a").Holder, driven.Read("orders", "a").Incarnation));
        Assert.Empty(driven.Registry.RenewLease(lease, "").Lost);
        Assert.Equal(1, (await driven.Registry.RevokeLeaseAsync(lease, "", CancellationToken.None)).Removed);
        Assert.False(driven.Has("orders", "a"));
    }

    [Fact]
    public void Holder_TakesASuspectInstanceOver_ItIsUpAgain()
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a"), Given.Instance("b"));
        driven.Advance(Ttl + TimeSpan.FromSeconds(1));
        Assert.Equal(InstanceState.Suspect, driven.Read("orders", "a").State);

        Hold(driven, "files", "orders", Given.Instance("a"));
        driven.Advance(Bound + Bound);

        Assert.Equal(InstanceState.Up, driven.Read("orders", "a").State);
        Assert.False(driven.Has("orders", "b"));
    }

    [Fact]
    public void AllLeasesAround_RunOut_WhatHasAHolderStaysUp()
    {
        using var driven = new DrivenRegistry();
        Hold(driven, "files", "orders", Given.Instance("h-0"), Given.Instance("h-1"));
        for (var i = 0; i < 10; i++)
            driven.Register(driven.Grant(), "orders", Given.Instance($"l-{i}"));

        driven.Advance(Ttl + TimeSpan.FromSeconds(1));
        Assert.All(["h-0", "h-1"], id => Assert.Equal(InstanceState.Up, driven.Read("orders", id).State));
        driven.Advance(Bound + Bound);

        Assert.Equal(["h-0", "h-1"], driven.Registry.ReadApplication(Given.Name("orders")).Instances.Select(i => i.Id));
        Assert.Equal(0, driven.Registry.LeaseCount);
    }

    [Fact]
    public void ProtectionBudget_OfAnApplication_IsAShareOfWhatHangsOnLeases()
    {
        // 0.15 of 102 would be 15, and both would go at once; of the two on leases it is one. The registry has room for three.
        using var driven = new DrivenRegistry();
        HoldAHundred(driven, "orders");
        driven.Register(driven.Grant(TimeSpan.FromHours(1)), "shipping", [.. Enumerable.Range(0, 20).Select(i => Given.Instance($"s-{i:00}"))]);
        driven.Register(driven.Grant(), "orders", Given.Instance("l-0"));
        driven.Register(driven.Grant(), "orders", Given.Instance("l-1"));

        driven.Advance(Ttl + TimeSpan.FromSeconds(1));

        Assert.Equal((1L, 1L), (driven.Registry.LeaseCounters.ExpiredTotal, driven.Registry.LeaseCounters.ProtectedTotal));
        Assert.Equal(121, driven.Registry.InstanceCount);
    }

    [Fact]
    public void ProtectionBudget_OfTheRegistry_IsAShareOfWhatHangsOnLeases()
    {
        // Each of the two is all that its application may lose; in the registry, of two on leases, one may go.
        using var driven = new DrivenRegistry();
        HoldAHundred(driven, "others");
        driven.Register(driven.Grant(), "orders", Given.Instance("l-0"));
        driven.Register(driven.Grant(), "billing", Given.Instance("l-1"));

        driven.Advance(Ttl + TimeSpan.FromSeconds(1));

        Assert.Equal((1L, 1L), (driven.Registry.LeaseCounters.ExpiredTotal, driven.Registry.LeaseCounters.ProtectedTotal));
        Assert.Equal(101, driven.Registry.InstanceCount);
    }

    [Fact]
    public void Limits_CountItAsAllInstances()
    {
        using var driven = new DrivenRegistry(options => options.Limits.InstancesPerApplication = 2);
        Hold(driven, "files", "orders", Given.Instance("a"));
        driven.Register(driven.Grant(), "orders", Given.Instance("b"));

        var refusal = driven.Refused(new RegisterCommand(Given.Name("orders"), "", "files", [Given.Instance("c")], []));

        Assert.Equal((ErrorKind.ResourceExhausted, ErrorReasons.LimitInstances), (refusal.Kind, refusal.Reason));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-a")]
    [InlineData("a b")]
    [InlineData("a..b")]
    public void HolderThatIsNoName_IsRefused(string holder)
    {
        using var driven = new DrivenRegistry();

        var refusal = driven.Refused(new RegisterCommand(Given.Name("orders"), "", holder, [Given.Instance("a")], []));

        Assert.Equal((ErrorKind.InvalidArgument, "holder"), (refusal.Kind, refusal.Field));
    }

    [Fact]
    public void HolderOfAnotherOwner_IsDenied()
    {
        using var driven = new DrivenRegistry();
        driven.Do(new RegisterCommand(Given.Name("orders"), "me", "files", [Given.Instance("a")], []));

        var refusal = driven.Refused(new RegisterCommand(Given.Name("orders"), "you", "files", [Given.Instance("a")], []));

        Assert.Equal((ErrorReasons.OwnerMismatch, "instances[0]"), (refusal.Reason, refusal.Field));
    }

    [Fact]
    public void Watchers_SeeTheHolder()
    {
        using var driven = new DrivenRegistry();
        var client = driven.Watch(Given.Application("orders"));
        Hold(driven, "files", "orders", Given.Instance("a"));
        client.Receive();

        Assert.Empty(client.View.DifferencesFrom(driven.Registry));
        Assert.Equal("files", driven.Read("orders", "a").Holder);
    }

    private static void HoldAHundred(DrivenRegistry driven, string application)
    {
        for (var batch = 0; batch < 2; batch++)
            Hold(driven, "files", application, [.. Enumerable.Range(0, 50).Select(i => Given.Instance($"h-{batch}-{i:00}"))]);
    }

    private static CommandOutcome Hold(
        DrivenRegistry driven, string holder, string application, params InstanceDeclaration[] instances) =>
        driven.Do(new RegisterCommand(Given.Name(application), "", holder, [.. instances], []));
}
