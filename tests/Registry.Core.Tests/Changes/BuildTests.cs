using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Changes;

/// <summary>Builds: what they are, how they map, when they leave.</summary>
public sealed class BuildTests
{
    private static readonly TimeSpan Retention = TimeSpan.FromMinutes(10);

    // The answers were computed with another program.
    [Theory]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("d258fd8a57beeaaeae75ec9e197093edb2882ab4125e014ca73c923243bd2b90", "x.Z$1", "a.B", "x.Y", "a.B")]
    public void BuildId_IsTheHashOfTheSortedNamesEachOnceWithALineFeed(string id, params string[] interfaces) =>
        Assert.Equal(id, Build.Of(interfaces).Id);

    [Fact]
    public void UpperCaseSortsBeforeLowerCase_ByBytesAndNotByCulture() =>
        Assert.Equal(Sha256("B\nZ\na\n"), Build.Of(["a", "B", "Z"]).Id);

    [Fact]
    public void Declare_ReturnsTheIdsInTheOrderOfTheRequest()
    {
        using var driven = new DrivenRegistry();
        var command = new DeclareBuildsCommand(Given.Name("orders"), "", [Given.Build("x.Y"), Given.Build("x.A"), Given.Build("x.Y")]);

        driven.Do(command);

        Assert.Equal([Build.Of(["x.Y"]).Id, Build.Of(["x.A"]).Id, Build.Of(["x.Y"]).Id], command.BuildIds);
        Assert.Equal(2, driven.Registry.ReadApplication(Given.Name("orders")).BuildCount);
    }

    [Fact]
    public void ClaimedId_ThatIsNotTheHash_IsRefused_AndARightOneIsTaken()
    {
        using var driven = new DrivenRegistry();
        var right = Build.Of(["x.Y"]).Id;

        var error = driven.Refused(new DeclareBuildsCommand(Given.Name("orders"), "", [new BuildDeclaration(Build.Of(["x.Z"]).Id, ["x.Y"])]));

        Assert.Equal((ErrorKind.InvalidArgument, ErrorReasons.BuildIdMismatch, "builds[0].id"), (error.Kind, error.Reason, error.Field));
        Assert.Contains(right, error.Message, StringComparison.Ordinal);
        driven.Do(new DeclareBuildsCommand(Given.Name("orders"), "", [new BuildDeclaration(right, ["x.Y"])]));
    }

    [Fact]
    public void RollingUpgrade_MapsBothBuilds_AndTheJoinTellsTheInstancesApart()
    {
        using var driven = new DrivenRegistry();
        driven.Serve(driven.Grant(), "orders", "old", "x.Y");
        driven.Serve(driven.Grant(), "orders", "new", "x.Y", "x.Z");

        Assert.Equal(2, Assert.Single(driven.Registry.ReadInterface(Given.Name("x.Y")).Applications).Builds.Length);
        var serving = Assert.Single(Assert.Single(driven.Registry.ReadInterface(Given.Name("x.Z")).Applications).Builds);
        Assert.Equal(["new"], driven.Registry.ReadApplication(Given.Name("orders")).Instances.Where(i => i.Declaration.BuildId == serving).Select(i => i.Id));
    }

    [Fact]
    public void ExcludedInterfaces_CountForTheIdAndAreNotMapped()
    {
        using var driven = new DrivenRegistry();
        driven.Serve(driven.Grant(), "orders", "a", "x.Y", "grpc.health.v1.Health");

        Assert.Equal(Build.Of(["grpc.health.v1.Health", "x.Y"]).Id, driven.Read("orders", "a").Declaration.BuildId);
        Assert.True(driven.Registry.ReadInterface(Given.Name("grpc.health.v1.Health")).IsAbsent);
        Assert.Equal(1, driven.Registry.Interfaces.CountEntries());
    }

    [Fact]
    public void Withdraw_OfABuildInUse_IsRefused_AndChangesNothing()
    {
        using var driven = new DrivenRegistry();
        driven.Serve(driven.Grant(), "orders", "a", "x.Y");
        driven.Declare("orders", ["x.Z"]);

        var error = driven.Refused(new WithdrawBuildsCommand(Given.Name("orders"), "", [Build.Of(["x.Z"]).Id, Build.Of(["x.Y"]).Id]));

        Assert.Equal((ErrorKind.FailedPrecondition, ErrorReasons.BuildInUse, "build_ids[1]"), (error.Kind, error.Reason, error.Field));
        Assert.False(driven.Registry.ReadInterface(Given.Name("x.Z")).IsAbsent);
    }

    [Fact]
    public void Withdraw_OfUnusedAndUnknownBuilds_IsFine()
    {
        using var driven = new DrivenRegistry();
        driven.Declare("orders", ["x.Y"]);

        driven.Withdraw("orders", ["x.Y"], ["x.Unknown"], ["x.Y"]);
        var again = driven.Withdraw("orders", ["x.Y"]);

        driven.Pump.Run();
        Assert.Equal(2, driven.Registry.Revision);
        Assert.Equal(2, again.Revision);
        Assert.Equal((0, 0), (driven.Registry.Applications.CountEntries(), driven.Registry.Interfaces.CountEntries()));
    }

    [Fact]
    public void BuildWithoutInstances_StaysMappedForTheRetention_AndThenLeaves()
    {
        using var driven = new DrivenRegistry();
        driven.Serve(driven.Grant(), "orders", "a", "x.Y");
        driven.Deregister("orders", "a");

        driven.Clock.Advance(Retention - TimeSpan.FromMilliseconds(1));
        Assert.Equal("orders", Assert.Single(driven.Registry.ReadInterface(Given.Name("x.Y")).Applications).Application);
        Assert.False(driven.Registry.ReadApplication(Given.Name("orders")).IsAbsent);

        driven.Clock.Advance(TimeSpan.FromMilliseconds(251));
        Assert.True(driven.Registry.ReadInterface(Given.Name("x.Y")).IsAbsent);
        Assert.Equal(ChangeCause.Retired, driven.Log.Changes[^1].Change.Cause);
    }

    [Fact]
    public void DeclaredBuild_ThatNobodyEverRuns_LeavesAfterTheRetention()
    {
        using var driven = new DrivenRegistry();
        driven.Declare("orders", ["x.Y"]);

        driven.Clock.Advance(Retention + TimeSpan.FromSeconds(1));

        Assert.True(driven.Registry.ReadInterface(Given.Name("x.Y")).IsAbsent);
    }

    [Fact]
    public void BuildUsedAgainInBetween_IsNotRetiredByTheOldTimer()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant(TimeSpan.FromHours(1));
        driven.Serve(lease, "orders", "a", "x.Y");
        driven.Deregister("orders", "a");
        driven.Clock.Advance(Retention / 2);
        driven.Serve(lease, "orders", "a", "x.Y");
        driven.Deregister("orders", "a");

        driven.Clock.Advance((Retention / 2) + TimeSpan.FromSeconds(1));
        Assert.False(driven.Registry.ReadInterface(Given.Name("x.Y")).IsAbsent);
        driven.Clock.Advance(Retention / 2);
        Assert.True(driven.Registry.ReadInterface(Given.Name("x.Y")).IsAbsent);
    }

    [Fact]
    public void BuildThatIsUsed_IsNotRetired()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant(TimeSpan.FromHours(1));
        driven.Declare("orders", ["x.Y"]);
        driven.Serve(lease, "orders", "a", "x.Y");

        driven.Clock.Advance(Retention * 2);

        Assert.False(driven.Registry.ReadInterface(Given.Name("x.Y")).IsAbsent);
        Assert.Equal(0, driven.Registry.Retirement.Waiting);
    }

    [Fact]
    public void Instance_ThatMovesToAnotherBuild_LeavesTheOldOneUnused()
    {
        using var driven = new DrivenRegistry();
        driven.Serve(driven.Grant(TimeSpan.FromHours(1)), "orders", "a", "x.Y");
        driven.Declare("orders", ["x.Z"]);

        var moved = driven.Do(new UpdateCommand(Given.Name("orders"), "", [new InstancePatch { Instance = new("a", 0), BuildId = Build.Of(["x.Z"]).Id }]));

        var application = driven.Registry.ReadApplication(Given.Name("orders"));
        Assert.Equal((0, moved.Revision), application.FindBuild(Build.Of(["x.Y"]).Id) is { } old ? (old.Instances, old.UnusedSince) : default);
        Assert.Equal((1, 0L), application.FindBuild(Build.Of(["x.Z"]).Id) is { } now ? (now.Instances, now.UnusedSince) : default);
    }

    [Fact]
    public void UnknownBuild_IsNotFound()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"));
        var build = new string('0', 64);

        Assert.Equal((ErrorKind.NotFound, ErrorReasons.BuildUnknown, "instances[0].build_id"),
            driven.Refused(new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance("a") with { BuildId = build }], [])) is var r ? (r.Kind, r.Reason, r.Field) : default);
        Assert.Equal((ErrorKind.NotFound, ErrorReasons.BuildUnknown, "instances[0].build_id"),
            driven.Refused(new UpdateCommand(Given.Name("orders"), "", [new InstancePatch { Instance = new("a", 0), BuildId = build }])) is var u ? (u.Kind, u.Reason, u.Field) : default);
    }

    [Fact]
    public void TwoApplications_ThatDeclareOneInterface_AreBothInItsMapping()
    {
        using var driven = new DrivenRegistry();
        driven.Declare("b", ["x.Y"]);
        driven.Declare("a", ["x.Y"]);
        driven.Declare("c", ["x.Y"]);
        driven.Withdraw("b", ["x.Y"]);

        Assert.Equal(["a", "c"], driven.Registry.ReadInterface(Given.Name("x.Y")).Applications.Select(a => a.Application));
    }

    [Fact]
    public void NamesThatDifferInCase_AreDifferentNames()
    {
        using var driven = new DrivenRegistry();
        driven.Declare("orders", ["x.Y"]);
        driven.Declare("Orders", ["x.y"]);

        Assert.Equal("orders", Assert.Single(driven.Registry.ReadInterface(Given.Name("x.Y")).Applications).Application);
        Assert.Equal("Orders", Assert.Single(driven.Registry.ReadInterface(Given.Name("x.y")).Applications).Application);
    }

    private static string Sha256(string text) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
}
