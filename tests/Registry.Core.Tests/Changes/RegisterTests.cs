using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Changes;

/// <summary>Register, update, deregister: who may, what it does, what a retry sees.</summary>
public sealed class RegisterTests
{
    [Fact]
    public void Register_Repeated_IsTheSameAnswerAndNoNewRevision()
    {
        using var driven = new DrivenRegistry();
        var command = new RegisterCommand(
            Given.Name("orders"), "", driven.Grant(), [Given.Instance("b"), Given.Instance("a")], [Given.Build("x.Y")]);

        var first = driven.Do(command);
        var again = driven.Do(command);

        Assert.Equal(first, again);
        Assert.Equal((1L, 1), (driven.Registry.Revision, driven.Log.Changes.Count));
        Assert.Equal(["a", "b"], first.Application!.Instances.Select(i => i.Id));
        Assert.All(first.Application.Instances, i => Assert.Equal((1L, 1L), (i.Incarnation, i.Revision)));
    }

    [Fact]
    public void Register_OfTheSameInstanceChanged_KeepsItsIncarnation()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"), Given.Instance("b"));

        driven.Register(lease, "orders", Given.Instance("a", 9), Given.Instance("b"));

        Assert.Equal((1L, 2L, 9), (driven.Read("orders", "a").Incarnation, driven.Read("orders", "a").Revision, driven.Read("orders", "a").Declaration.Endpoints[0].Port));
        Assert.Equal(1L, driven.Read("orders", "b").Revision);
    }

    [Fact]
    public void Takeover_BeginsANewLife_AndTheOldLeaseIsToldAtItsRenewals()
    {
        using var driven = new DrivenRegistry();
        var (old, @new) = (driven.Grant(), driven.Grant());
        driven.Register(old, "orders", Given.Instance("a"), Given.Instance("b"));

        driven.Register(@new, "orders", Given.Instance("a"));

        Assert.Equal((2L, 2L), (driven.Read("orders", "a").Incarnation, driven.Read("orders", "a").Revision));
        Assert.Equal(1L, driven.Read("orders", "b").Incarnation);
        LostInstance[] lost = [new LostInstance(Given.Name("orders"), "a", 1, LossCause.TakenOver)];
        Assert.Equal(lost, driven.Registry.RenewLease(old, "").Lost);
        Assert.Equal(lost, driven.Registry.RenewLease(old, "").Lost);
        Assert.Empty(driven.Registry.RenewLease(@new, "").Lost);
    }

    [Fact]
    public async Task Takeover_AndThenTheOldLeaseEnds_TheInstanceStays()
    {
        using var driven = new DrivenRegistry();
        var (old, @new) = (driven.Grant(), driven.Grant());
        driven.Register(old, "orders", Given.Instance("a"), Given.Instance("b"));
        driven.Register(@new, "orders", Given.Instance("a"));

        Assert.Equal(1, (await driven.Registry.RevokeLeaseAsync(old, "", CancellationToken.None)).Removed);

        Assert.True(driven.Has("orders", "a"));
        Assert.False(driven.Has("orders", "b"));
    }

    [Fact]
    public void Register_ByAnotherOwner_IsDenied()
    {
        using var driven = new DrivenRegistry();
        var (mine, yours) = (driven.Grant(owner: "me"), driven.Grant(owner: "you"));
        driven.Do(new RegisterCommand(Given.Name("orders"), "me", mine, [Given.Instance("a")], []));

        var taken = driven.Refused(new RegisterCommand(Given.Name("orders"), "you", yours, [Given.Instance("b"), Given.Instance("a")], [Given.Build("x.Y")]));
        Assert.Equal((ErrorKind.PermissionDenied, ErrorReasons.OwnerMismatch, "instances[1]"), (taken.Kind, taken.Reason, taken.Field));
        var lease = driven.Refused(new RegisterCommand(Given.Name("orders"), "you", mine, [Given.Instance("b")], []));
        Assert.Equal((ErrorReasons.OwnerMismatch, "lease_id"), (lease.Reason, lease.Field));
        Assert.Equal(ErrorReasons.OwnerMismatch, driven.Refused(new UpdateCommand(Given.Name("orders"), "you", [Weigh("a", 0, 1)])).Reason);
        Assert.Equal(ErrorReasons.OwnerMismatch, driven.Refused(new DeregisterCommand(Given.Name("orders"), "you", [new InstanceRef("a", 0)], null)).Reason);
        Assert.Equal(ErrorReasons.OwnerMismatch, driven.Registry.RenewLease(mine, "you").Refusal!.Reason);
    }

    [Fact]
    public void Register_OnAnUnknownLease_IsNotFound()
    {
        using var driven = new DrivenRegistry();

        var error = driven.Refused(new RegisterCommand(Given.Name("orders"), "", default(LeaseId), [Given.Instance("a")], [Given.Build("x.Y")]));

        Assert.Equal((ErrorKind.NotFound, ErrorReasons.LeaseUnknown, "lease_id"), (error.Kind, error.Reason, error.Field));
    }

    [Fact]
    public void InstanceWithoutABuild_RunsTheRequestsBuild_IfThereIsExactlyOne()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Do(new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance("a")], [Given.Build("x.Y")]));
        driven.Do(new RegisterCommand(Given.Name("billing"), "", lease, [Given.Instance("a")], [Given.Build("x.Y"), Given.Build("x.Z")]));

        Assert.Equal(Build.Of(["x.Y"]).Id, driven.Read("orders", "a").Declaration.BuildId);
        Assert.Equal("", driven.Read("billing", "a").Declaration.BuildId);
    }

    [Fact]
    public void Update_ChangesWhatItNames_AndTheRestStays()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a") with { Zone = "eu-1", Metadata = [new("a", "1"), new("b", "2")] }, Given.Instance("b"));

        driven.Do(new UpdateCommand(Given.Name("orders"), "", [new InstancePatch
        {
            Instance = new InstanceRef("a", 1),
            State = DeclaredState.Draining,
            Weight = 0,
            RemoveMetadata = ["a", "nothing"],
            SetMetadata = [new("c", "3"), new("b", "4")],
        }]));

        var updated = driven.Read("orders", "a");
        Assert.Equal((InstanceState.Draining, 0, "eu-1", 1L, 2L), (updated.State, updated.Declaration.Weight, updated.Declaration.Zone, updated.Incarnation, updated.Revision));
        Assert.Equal(["b=4", "c=3"], updated.Declaration.Metadata.Select(m => $"{m.Key}={m.Value}"));
        Assert.Equal(8080, updated.Declaration.Endpoints[0].Port);
        Assert.Equal(1L, driven.Read("orders", "b").Revision);
    }

    [Fact]
    public void Update_ThatChangesNothing_IsNoNewRevision()
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));

        Assert.Equal(1, driven.Do(new UpdateCommand(Given.Name("orders"), "", [Weigh("a", 0, 100)])).Revision);
        Assert.Equal(1, driven.Registry.Revision);
    }

    [Fact]
    public void Update_IsAllOrNone()
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));

        var error = driven.Refused(new UpdateCommand(Given.Name("orders"), "", [Weigh("a", 0, 1), Weigh("b", 0, 1)]));

        Assert.Equal((ErrorKind.NotFound, ErrorReasons.InstanceUnknown), (error.Kind, error.Reason));
        Assert.Equal(100, driven.Read("orders", "a").Declaration.Weight);
    }

    [Fact]
    public void Update_ThatWouldGrowAnInstancePastItsLimits_IsRefused()
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a") with { Metadata = [.. Enumerable.Range(0, 64).Select(i => KeyValuePair.Create($"k{i:00}", "v"))] });

        var tooMany = driven.Refused(new UpdateCommand(Given.Name("orders"), "", [new InstancePatch { Instance = new("a", 0), SetMetadata = [new("new", "v")] }]));
        Assert.Equal("instances[0].metadata", tooMany.Field);
        var tooLarge = driven.Refused(new UpdateCommand(Given.Name("orders"), "",
            [new InstancePatch { Instance = new("a", 0), SetMetadata = [.. Enumerable.Range(0, 5).Select(i => KeyValuePair.Create($"k{i:00}", new string('v', 4_000)))] }]));
        Assert.Equal("instances[0]", tooLarge.Field);
    }

    [Fact]
    public void OlderIncarnation_CanNeitherUpdateNorDeregister_AndIsToldForGood()
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));

        var update = driven.Refused(new UpdateCommand(Given.Name("orders"), "", [Weigh("a", 1, 5)]));
        var deregister = driven.Refused(new DeregisterCommand(Given.Name("orders"), "", [new InstanceRef("a", 1)], null));

        Assert.All([update, deregister], e => Assert.Equal(
            (ErrorKind.FailedPrecondition, ErrorReasons.IncarnationSuperseded, "instances[0].incarnation"), (e.Kind, e.Reason, e.Field)));
        driven.Do(new UpdateCommand(Given.Name("orders"), "", [Weigh("a", 2, 5)]));
        driven.Do(new DeregisterCommand(Given.Name("orders"), "", [new InstanceRef("a", 2)], null));
        Assert.False(driven.Has("orders", "a"));
    }

    [Fact]
    public void LaterIncarnationThanAny_MeansNothingThatIsThere()
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));

        Assert.Equal(ErrorReasons.InstanceUnknown, driven.Refused(new UpdateCommand(Given.Name("orders"), "", [Weigh("a", 9, 5)])).Reason);
        Assert.Equal(0, driven.Do(new DeregisterCommand(Given.Name("orders"), "", [new InstanceRef("a", 9)], null)).Removed);
        Assert.True(driven.Has("orders", "a"));
    }

    [Fact]
    public void Deregister_OfWhatIsNotThere_IsFineAndNoChange()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"), Given.Instance("b"));

        Assert.Equal((1, 2L), driven.Deregister("orders", "a", "c") is var o ? (o.Removed, o.Revision) : default);
        Assert.Equal((0, 2L), driven.Deregister("orders", "a") is var again ? (again.Removed, again.Revision) : default);
        Assert.Equal((0, 0L), driven.Deregister("nobody", "a") is var none ? (none.Removed, none.Revision) : default);
        Assert.Equal(2L, driven.Registry.Revision);
    }

    [Fact]
    public void Deregister_TellsTheLease_UnlessItIsTheCallersOwn()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"), Given.Instance("b"));

        driven.Do(new DeregisterCommand(Given.Name("orders"), "", [new InstanceRef("a", 0)], lease));
        driven.Do(new DeregisterCommand(Given.Name("orders"), "", [new InstanceRef("b", 0)], null));

        Assert.Equal([new LostInstance(Given.Name("orders"), "b", 1, LossCause.Deregistered)], driven.Registry.RenewLease(lease, "").Lost);
    }

    [Fact]
    public void LastInstanceAndBuild_Gone_TheApplicationIsForgotten()
    {
        using var driven = new DrivenRegistry();
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));

        driven.Deregister("orders", "a");
        driven.Pump.Run();

        Assert.True(driven.Registry.ReadApplication(Given.Name("orders")).IsAbsent);
        Assert.Equal(0, driven.Registry.Applications.CountEntries());
    }

    private static InstancePatch Weigh(string id, long incarnation, int weight) => new() { Instance = new InstanceRef(id, incarnation), Weight = weight };
}
