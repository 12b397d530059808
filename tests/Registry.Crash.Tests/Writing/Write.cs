using System.Collections.Immutable;
using Google.Protobuf;
using Grpc.Core;
using Registry.EndToEnd.Tests;
using Registry.Protocol.V1;

namespace Registry.Crash.Tests.Writing;

/// <summary>One request that changes something, and what stands after it.</summary>
/// <param name="Name">What it is, for people.</param>
/// <param name="After">What stands when it was done; revisions and incarnations that it makes are 0.</param>
/// <param name="SendAsync">Sends it; returns what stands with all that the answer told, and the revision.</param>
internal sealed record Write(string Name, KnownState After, Func<CallOptions, Task<(KnownState State, long Revision)>> SendAsync)
{
    /// <summary>Instances with all their fields from one number, so that a mixture of two writes shows.</summary>
    public static Write Register(
        Registration.RegistrationClient client, int writer, KnownState before, ByteString? lease, IReadOnlyCollection<int> numbers, int build, int content)
    {
        var request = new RegisterRequest { Application = WriterNames.ApplicationOf(writer) };
        var holder = "";
        if (lease is null)
            request.Holder = holder = $"writer-{writer}";
        else
            request.LeaseId = lease;
        if (build >= 0)
            request.Builds.Add(WriterNames.Build(writer, build));
        var buildId = build >= 0 ? WriterNames.BuildId(writer, build) : "";
        var after = before.Instances;
        foreach (var id in numbers.Select(number => WriterNames.InstanceOf(writer, number)))
        {
            var spec = Declare.Instance(id, buildId, port: 1024 + (uint)(content % 60_000));
            spec.Zone = $"z{content}";
            spec.Weight = (uint)(content % 10_001);
            spec.State = (content % 3) switch { 0 => InstanceState.Up, 1 => InstanceState.Draining, _ => InstanceState.Down };
            spec.Metadata.Add("content", $"{content}");
            spec.Metadata.Add("by", new string((char)('a' + content % 26), content % 40));
            request.Instances.Add(spec);
            after = after.SetItem(id, Seen(spec, holder));
        }

        var state = before with { Instances = after, Builds = build >= 0 ? before.Builds.Add(buildId) : before.Builds };
        return new Write($"register {numbers.Count}", state, async options =>
        {
            var answer = await client.RegisterAsync(request, options);
            var told = state.Instances;
            foreach (var registered in answer.Instances)
            {
                var instance = told[registered.Id].Clone();
                (instance.Revision, instance.Incarnation) = (answer.Revision, registered.Incarnation);
                told = told.SetItem(registered.Id, instance);
            }

            return (state with { Instances = told }, answer.Revision);
        });
    }

    public static Write Update(Registration.RegistrationClient client, int writer, KnownState before, IReadOnlyCollection<string> ids, int content)
    {
        var request = new UpdateRequest { Application = WriterNames.ApplicationOf(writer) };
        var after = before.Instances;
        foreach (var id in ids)
        {
            var patch = new InstancePatch { Id = id, Weight = (uint)(content % 10_001), Zone = $"z{content}" };
            patch.SetMetadata.Add("content", $"{content}");
            request.Instances.Add(patch);
            var instance = after[id].Clone();
            (instance.Weight, instance.Zone, instance.Revision) = (patch.Weight, patch.Zone, 0);
            instance.Metadata["content"] = $"{content}";
            after = after.SetItem(id, instance);
        }

        var state = before with { Instances = after };
        return new Write($"update {ids.Count}", state, async options =>
        {
            var revision = (await client.UpdateAsync(request, options)).Revision;
            return (state with { Instances = Stamp(state.Instances, ids, revision) }, revision);
        });
    }

    public static Write Deregister(Registration.RegistrationClient client, int writer, KnownState before, IReadOnlyCollection<string> ids)
    {
        var request = new DeregisterRequest { Application = WriterNames.ApplicationOf(writer) };
        request.Instances.Add(ids.Select(id => new InstanceRef { Id = id }));
        var state = before with { Instances = before.Instances.RemoveRange(ids) };
        return new Write($"deregister {ids.Count}", state, async options => (state, (await client.DeregisterAsync(request, options)).Revision));
    }

    public static Write Revoke(Registration.RegistrationClient client, KnownState before, ByteString lease)
    {
        var state = before with { Instances = KnownState.Nothing.Instances };
        return new Write("revoke", state, async options =>
            (state, (await client.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = lease }, options)).Revision));
    }

    public static Write DeclareBuild(Registration.RegistrationClient client, int writer, KnownState before, int build)
    {
        var request = new DeclareBuildsRequest { Application = WriterNames.ApplicationOf(writer), Builds = { WriterNames.Build(writer, build) } };
        var state = before with { Builds = before.Builds.Add(WriterNames.BuildId(writer, build)) };
        return new Write("declare", state, async options => (state, (await client.DeclareBuildsAsync(request, options)).Revision));
    }

    public static Write WithdrawBuild(Registration.RegistrationClient client, int writer, KnownState before, string buildId)
    {
        var request = new WithdrawBuildsRequest { Application = WriterNames.ApplicationOf(writer), BuildIds = { buildId } };
        var state = before with { Builds = before.Builds.Remove(buildId) };
        return new Write("withdraw", state, async options => (state, (await client.WithdrawBuildsAsync(request, options)).Revision));
    }

    private static Instance Seen(InstanceSpec spec, string holder) => new()
    {
        Id = spec.Id,
        Endpoints = { spec.Endpoints },
        Zone = spec.Zone,
        Weight = spec.Weight,
        Metadata = { spec.Metadata },
        State = spec.State,
        BuildId = spec.BuildId,
        Holder = holder,
    };

    private static ImmutableSortedDictionary<string, Instance> Stamp(
        ImmutableSortedDictionary<string, Instance> instances, IEnumerable<string> ids, long revision)
    {
        foreach (var id in ids)
        {
            var instance = instances[id].Clone();
            instance.Revision = revision;
            instances = instances.SetItem(id, instance);
        }

        return instances;
    }
}
