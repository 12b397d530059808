using System.Collections.Immutable;
using Grpc.Core;
using Registry.Crash.Tests.Writing;
using Registry.Protocol.V1;

namespace Registry.Crash.Tests.Auditing;

/// <summary>Answers by hand that the audit has to refuse: who never says no proves nothing.</summary>
public sealed class CrashAuditTests
{
    private const int Zero = 0;

    private static readonly KnownState Before = Registered(KnownState.Nothing, [1, 2], build: 1, content: 7, revision: 10);
    private static readonly Write Doubtful = Write.Register(new(new NoServer()), Zero, Before, lease: null, [2, 3, 4], build: 2, content: 8);
    private static readonly KnownState After = Stamped(Doubtful.After, 11);

    [Fact]
    public void WhatWasAcknowledged_IsInOrder() => Assert.Empty(Violations(Before, null, Before));

    [Fact]
    public void DoubtfulWriteThatIsNotThere_IsInOrder() => Assert.Empty(Violations(Before, Doubtful, Before));

    [Fact]
    public void DoubtfulWriteThatIsThere_IsInOrderAndCounted()
    {
        var writer = new CrashWriter(Zero, seed: 1);
        writer.Adopt(Before, Doubtful);
        var violations = new List<string>();
        Assert.Equal(1, CrashAudit.Check(Found(After), [writer], violations.Add));
        Assert.Empty(violations);
        Assert.Same(After.Instances["w0-3"], writer.Known.Instances["w0-3"]);
        Assert.Null(writer.InDoubt);
    }

    [Fact]
    public void MissingInstance_IsReported() => Reports(
        "w0-1 is missing", Before, null, Before with { Instances = Before.Instances.Remove("w0-1") });

    [Fact]
    public void InstanceOfAnEarlierRevision_IsReported()
    {
        var earlier = Before.Instances["w0-1"].Clone();
        earlier.Revision--;
        Reports("w0-1 is", Before, null, Before with { Instances = Before.Instances.SetItem("w0-1", earlier) });
    }

    [Fact]
    public void InstanceThatWasDeregistered_IsReported() => Reports(
        "w0-2 is there, and should not be", Before with { Instances = Before.Instances.Remove("w0-2") }, null, Before);

    [Fact]
    public void HalfOfTheDoubtfulInstances_AreReported() => Reports(
        "by half", Before, Doubtful, After with { Instances = After.Instances.Remove("w0-4") });

    [Fact]
    public void DoubtfulInstancesWithoutTheirBuild_AreReported() => Reports("by half", Before, Doubtful, After with { Builds = Before.Builds });

    [Fact]
    public void FieldsOfTwoWrites_AreReported()
    {
        var mixed = After.Instances["w0-2"].Clone();
        mixed.Zone = Before.Instances["w0-2"].Zone;
        Reports("by half", Before, Doubtful, After with { Instances = After.Instances.SetItem("w0-2", mixed) });
    }

    [Fact]
    public void InstanceOfNobody_IsReported()
    {
        var stranger = Before.Instances["w0-1"].Clone();
        stranger.Id = "w9-1";
        var found = Found(Before);
        found = found with { Applications = found.Applications.SetItem("app-0", found.Applications["app-0"].Add(stranger)) };
        Assert.Contains(Violations(Before, null, found), violation => violation.Contains("nobody registered", StringComparison.Ordinal));
    }

    [Fact]
    public void SharedInterfaceWithoutADeclaredBuild_IsReported()
    {
        var found = Found(Before);
        found = found with { Mappings = found.Mappings.SetItem("crash.Shared1", []) };
        Assert.Contains(Violations(Before, null, found), violation => violation.Contains("crash.Shared1 maps to []", StringComparison.Ordinal));
    }

    private static void Reports(string what, KnownState known, Write? inDoubt, KnownState found) =>
        Assert.Contains(Violations(known, inDoubt, found), violation => violation.Contains(what, StringComparison.Ordinal));

    private static List<string> Violations(KnownState known, Write? inDoubt, KnownState found) => Violations(known, inDoubt, Found(found));

    private static List<string> Violations(KnownState known, Write? inDoubt, FoundState found)
    {
        var writer = new CrashWriter(Zero, seed: 1);
        writer.Adopt(known, inDoubt);
        var violations = new List<string>();
        CrashAudit.Check(found, [writer], violations.Add);
        return violations;
    }

    private static KnownState Registered(KnownState before, int[] numbers, int build, int content, long revision) =>
        Stamped(Write.Register(new(new NoServer()), Zero, before, lease: null, numbers, build, content).After, revision);

    // What nobody was told yet gets this revision.
    private static KnownState Stamped(KnownState state, long revision) => state with
    {
        Instances = state.Instances.ToImmutableSortedDictionary(
            pair => pair.Key,
            pair =>
            {
                var instance = pair.Value.Clone();
                if (instance.Revision == 0)
                    (instance.Revision, instance.Incarnation) = (revision, 1);
                return instance;
            },
            StringComparer.Ordinal),
    };

    // What a server would answer in which exactly this stands.
    private static FoundState Found(KnownState state)
    {
        var mappings = WriterNames.AllInterfaces(1).ToImmutableDictionary(name => name, _ => ImmutableHashSet<(string, string)>.Empty);
        for (var build = 0; build < WriterNames.BuildsPerWriter; build++)
        {
            var id = WriterNames.BuildId(Zero, build);
            if (!state.Builds.Contains(id))
                continue;
            foreach (var name in WriterNames.InterfacesOf(Zero, build))
                mappings = mappings.SetItem(name, mappings[name].Add(("app-0", id)));
        }

        return new FoundState(ImmutableDictionary<string, ImmutableArray<Instance>>.Empty.Add("app-0", [.. state.Instances.Values]), mappings);
    }

    private sealed class NoServer : CallInvoker
    {
        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new InvalidOperationException("no server");

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new InvalidOperationException("no server");

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new InvalidOperationException("no server");

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new InvalidOperationException("no server");

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new InvalidOperationException("no server");
    }
}
