using System.Collections.Immutable;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Changes;

/// <summary>
/// Requests that are out of bounds. Each is refused with its kind, reason and the field's path, the message names the field, and
/// nothing at all is changed: no revision, no table entry, no room of the log.
/// </summary>
public sealed class RefusalTests
{
    private static readonly QualifiedName Orders = Given.Name("orders");

    public static TheoryData<string, Func<LeaseId, Command>> OutOfBounds => new()
    {
        { "namespace", l => Register(l, new QualifiedName("", "orders"), Given.Instance("a")) },
        { "namespace", l => Register(l, new QualifiedName("a/b", "orders"), Given.Instance("a")) },
        { "application", l => Register(l, Given.Name(""), Given.Instance("a")) },
        { "application", l => Register(l, Given.Name("../etc"), Given.Instance("a")) },
        { "application", l => Register(l, Given.Name("a\uFFFDb"), Given.Instance("a")) },
        { "application", l => Register(l, Given.Name(new string('a', 129)), Given.Instance("a")) },
        { "instances", l => Register(l, Orders) },
        { "instances", l => Register(l, Orders, [.. Enumerable.Range(0, 65).Select(i => Given.Instance($"i{i}"))]) },
        { "instances[1].id", l => Register(l, Orders, Given.Instance("a"), Given.Instance("")) },
        { "instances[1].id", l => Register(l, Orders, Given.Instance("a"), Given.Instance("a")) },
        { "instances[0].id", l => Register(l, Orders, Given.Instance("a\u202Eb")) },
        { "instances[0].endpoints", l => Register(l, Orders, Given.Instance("a") with { Endpoints = [] }) },
        { "instances[0].endpoints", l => Register(l, Orders, Given.Instance("a") with { Endpoints = [.. Enumerable.Range(1, 17).Select(i => new EndpointAddress("grpc", "h", i))] }) },
        { "instances[0].endpoints[1]", l => Register(l, Orders, Given.Instance("a") with { Endpoints = [new("grpc", "h", 1), new("grpc", "h", 1)] }) },
        { "instances[0].endpoints[0].host", l => Register(l, Orders, Given.Instance("a") with { Endpoints = [new("grpc", "169.254.169.254", 1)] }) },
        { "instances[0].endpoints[0].port", l => Register(l, Orders, Given.Instance("a", 70_000)) },
        { "instances[0].endpoints[0].protocol", l => Register(l, Orders, Given.Instance("a") with { Endpoints = [new("", "h", 1)] }) },
        { "instances[0].zone", l => Register(l, Orders, Given.Instance("a") with { Zone = "eu 1" }) },
        { "instances[0].weight", l => Register(l, Orders, Given.Instance("a") with { Weight = -1 }) },
        { "instances[0].weight", l => Register(l, Orders, Given.Instance("a") with { Weight = 10_001 }) },
        { "instances[0].weight", l => Register(l, Orders, Given.Instance("a") with { Weight = int.MinValue }) },
        { "instances[0].metadata", l => Register(l, Orders, WithMetadata(65)) },
        { "instances[0].metadata", l => Register(l, Orders, Given.Instance("a") with { Metadata = [new("", "v")] }) },
        { "instances[0].metadata", l => Register(l, Orders, Given.Instance("a") with { Metadata = [new("a b", "v")] }) },
        { "instances[0].metadata", l => Register(l, Orders, Given.Instance("a") with { Metadata = [new(new string('k', 129), "v")] }) },
        { "instances[0].metadata[k]", l => Register(l, Orders, Given.Instance("a") with { Metadata = [new("k", "a\nb")] }) },
        { "instances[0].metadata[k]", l => Register(l, Orders, Given.Instance("a") with { Metadata = [new("k", new string('v', 4_097))] }) },
        { "instances[0]", l => Register(l, Orders, Given.Instance("a") with { Metadata = [.. Enumerable.Range(0, 5).Select(i => KeyValuePair.Create($"k{i}", new string('v', 4_000)))] }) },
        { "instances[0].build_id", l => Register(l, Orders, Given.Instance("a") with { BuildId = "abc" }) },
        { "instances[0].build_id", l => Register(l, Orders, Given.Instance("a") with { BuildId = new string('A', 64) }) },
        { "builds", l => Register(l, [.. Enumerable.Range(0, 65).Select(i => Given.Build($"x.I{i}"))]) },
        { "builds[1].interfaces[2]", l => Register(l, [Given.Build("x.Y"), Given.Build("x.A", "x.B", "x/C")]) },
        { "builds[0].interfaces", l => Register(l, [Given.Build([.. Enumerable.Range(0, 1_001).Select(i => $"x.I{i}")])]) },
        { "builds[0].interfaces[0]", l => Register(l, [Given.Build("")]) },
        { "builds[0].interfaces[0]", l => Register(l, [Given.Build("_internal")]) },
        { "builds", _ => new DeclareBuildsCommand(Orders, "", []) },
        { "build_ids", _ => new WithdrawBuildsCommand(Orders, "", []) },
        { "build_ids[0]", _ => new WithdrawBuildsCommand(Orders, "", [""]) },
        { "build_ids[1]", _ => new WithdrawBuildsCommand(Orders, "", [new string('a', 64), "x"]) },
        { "instances", _ => new DeregisterCommand(Orders, "", [], null) },
        { "instances[0].id", _ => new DeregisterCommand(Orders, "", [new InstanceRef("", 0)], null) },
        { "instances[0].incarnation", _ => new DeregisterCommand(Orders, "", [new InstanceRef("a", -1)], null) },
        { "instances[1].id", _ => new DeregisterCommand(Orders, "", [new InstanceRef("a", 0), new InstanceRef("a", 1)], null) },
        { "instances", _ => new UpdateCommand(Orders, "", []) },
        { "instances[0].weight", _ => Patch(new InstancePatch { Instance = new("a", 0), Weight = 10_001 }) },
        { "instances[0].zone", _ => Patch(new InstancePatch { Instance = new("a", 0), Zone = "-" }) },
        { "instances[0].build_id", _ => Patch(new InstancePatch { Instance = new("a", 0), BuildId = "x" }) },
        { "instances[0].endpoints[0].port", _ => Patch(new InstancePatch { Instance = new("a", 0), Endpoints = [new("grpc", "h", 0)] }) },
        { "instances[0].set_metadata[k]", _ => Patch(new InstancePatch { Instance = new("a", 0), SetMetadata = [new("k", "\u200B")] }) },
        { "instances[0].remove_metadata", _ => Patch(new InstancePatch { Instance = new("a", 0), RemoveMetadata = ["a b"] }) },
        { "instances[1].id", _ => new UpdateCommand(Orders, "", [new InstancePatch { Instance = new("a", 0) }, new InstancePatch { Instance = new("a", 0) }]) },
    };

    [Theory]
    [MemberData(nameof(OutOfBounds), DisableDiscoveryEnumeration = true)]
    public void Command_OutOfBounds_IsRefusedAndChangesNothing(string field, Func<LeaseId, Command> make)
    {
        using var driven = new DrivenRegistry();
        var error = driven.Refused(make(driven.Grant()));

        Assert.Equal((ErrorKind.InvalidArgument, ErrorReasons.InvalidField, field), (error.Kind, error.Reason, error.Field));
        Assert.StartsWith(field + ": ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ChangeOverAMebibyte_IsRefused()
    {
        using var driven = new DrivenRegistry();
        BuildDeclaration[] builds = [.. Enumerable.Range(0, 10).Select(b => Given.Build([.. Enumerable.Range(0, 1_000).Select(i => $"x.{new string('y', 120)}{b}.{i}")]))];

        var error = driven.Refused(new DeclareBuildsCommand(Orders, "", [.. builds]));

        Assert.Equal((ErrorKind.ResourceExhausted, ErrorReasons.LimitChangeSize), (error.Kind, error.Reason));
    }

    [Fact]
    public void UnknownNames_CostNoTableEntry()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        for (var i = 0; i < 1_000; i++)
        {
            var name = Given.Name($"unknown{i}");
            driven.Do(new DeregisterCommand(name, "", [new InstanceRef("a", 0)], null));
            driven.Do(new WithdrawBuildsCommand(name, "", [new string('a', 64)]));
            driven.Execute(new UpdateCommand(name, "", [new InstancePatch { Instance = new("a", 0) }]));
            driven.Execute(new RegisterCommand(name, "", lease, [Given.Instance("a") with { BuildId = new string('a', 64) }], []));
            Assert.True(driven.Registry.ReadApplication(name).IsAbsent);
            Assert.True(driven.Registry.ReadInterface(name).IsAbsent);
        }

        Assert.Equal((0, 0, 0L), (driven.Registry.Applications.CountEntries(), driven.Registry.Interfaces.CountEntries(), driven.Registry.Revision));
    }

    [Fact]
    public void LogWithoutRoom_RefusesBeforeAnythingIsTouched()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Log.Refusal = new RegistryError(ErrorKind.ResourceExhausted, ErrorReasons.LogFull, "full");

        Assert.Equal(ErrorReasons.LogFull, driven.Refused(Register(lease, Orders, Given.Instance("a"))).Reason);
        Assert.Null(driven.Registry.RenewLease(lease, "").Refusal);
    }

    [Fact]
    public void Instances_OverTheApplicationsLimit_AreRefused_AndReplacingIsNot()
    {
        using var driven = new DrivenRegistry(o => o.Limits.InstancesPerApplication = 2);
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"), Given.Instance("b"));

        var error = driven.Refused(Register(lease, Orders, Given.Instance("a", 1), Given.Instance("c")));
        Assert.Equal((ErrorKind.ResourceExhausted, ErrorReasons.LimitInstances), (error.Kind, error.Reason));
        driven.Register(lease, "orders", Given.Instance("a", 1), Given.Instance("b", 1));
        driven.Register(driven.Grant(), "billing", Given.Instance("a"));
    }

    [Fact]
    public void Builds_OverTheApplicationsLimit_AreRefused_AndKnownOnesAreNot()
    {
        using var driven = new DrivenRegistry(o => o.Limits.BuildsPerApplication = 2);
        driven.Declare("orders", ["x.A"], ["x.B"]);

        var error = driven.Refused(new DeclareBuildsCommand(Orders, "", [Given.Build("x.A"), Given.Build("x.C")]));
        Assert.Equal((ErrorKind.ResourceExhausted, ErrorReasons.LimitBuilds), (error.Kind, error.Reason));
        driven.Declare("orders", ["x.B"], ["x.A"]);
        driven.Withdraw("orders", ["x.A"]);
        driven.Declare("orders", ["x.C"]);
    }

    private static InstanceDeclaration WithMetadata(int pairs) =>
        Given.Instance("a") with { Metadata = [.. Enumerable.Range(0, pairs).Select(i => KeyValuePair.Create($"k{i:00}", "v"))] };

    private static RegisterCommand Register(LeaseId lease, QualifiedName application, params InstanceDeclaration[] instances) =>
        new(application, "", lease, [.. instances], []);

    private static RegisterCommand Register(LeaseId lease, ImmutableArray<BuildDeclaration> builds) =>
        new(Orders, "", lease, [Given.Instance("a")], builds);

    private static UpdateCommand Patch(InstancePatch patch) => new(Orders, "", [patch]);
}
