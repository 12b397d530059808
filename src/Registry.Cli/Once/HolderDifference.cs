using System.Collections.Immutable;
using Grpc.Core;
using Registry.Cli.Manifest;
using Registry.Cli.Reading;
using Registry.Cli.Watching;
using Registry.Client.Connecting;
using Registry.Client.Watching;
using Registry.Protocol.V1;

namespace Registry.Cli.Once;

/// <summary>Compares what a holder shall keep with what is registered.</summary>
internal sealed class HolderDifference(RegistryConnection connection, string @namespace, string holder, TimeProvider time)
{
    private const uint DefaultWeight = 100;

    // Interfaces that everybody serves are not mapped by default, so no mapping tells whether a build of them is declared.
    private static readonly string[] UnmappedPrefixes = ["grpc.health.", "grpc.reflection."];

    /// <param name="applications">What shall be.</param>
    /// <param name="prunes">What the holder keeps beside that shall go, in the whole namespace.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Of each application of the manifest, in its order, and after them of those with something to remove.</returns>
    public async Task<ImmutableArray<ApplicationWish>> FindAsync(
        ImmutableArray<ApplicationManifest> applications, bool prunes, CancellationToken cancellationToken)
    {
        List<string> names = [.. applications.Select(application => application.Name)];
        if (prunes)
        {
            var listed = await ListedApplications.ReadAsync(connection, @namespace, "", cancellationToken);
            names.AddRange(listed.Select(item => item.Name).Except(names, StringComparer.Ordinal).ToList());
        }

        var present = await ReadInstancesAsync(names, cancellationToken);
        var declared = await ReadBuildsAsync(applications, present, cancellationToken);
        var wishes = ImmutableArray.CreateBuilder<ApplicationWish>();
        foreach (var application in applications)
        {
            wishes.Add(WishFor(application, present[application.Name], declared, prunes));
        }

        foreach (var name in names.Skip(applications.Length))
        {
            var removed = RemovedOf(present[name], []);
            if (removed.Any())
            {
                wishes.Add(new ApplicationWish(name, [], [.. removed], 0));
            }
        }

        return wishes.DrainToImmutable();
    }

    private async Task<Dictionary<string, ImmutableSortedDictionary<string, Instance>>> ReadInstancesAsync(
        List<string> names, CancellationToken cancellationToken)
    {
        var present = new Dictionary<string, ImmutableSortedDictionary<string, Instance>>(StringComparer.Ordinal);
        foreach (var chunk in names.Chunk(OneTimeRead.MaxNames))
        {
            var view = await OneTimeRead.ReadAsync(
                connection, [.. chunk.Select(name => TopicName.Application(@namespace, name))], time, cancellationToken);
            foreach (var name in chunk)
            {
                present[name] = view.FindApplication(@namespace, name)?.Items ?? TopicContent<Instance>.NoItems;
            }
        }

        return present;
    }

    // An instance that runs a build, or a mapping that lists it, says that it is declared. One interface says it for all of a build.
    private async Task<HashSet<(string Application, string Build)>> ReadBuildsAsync(
        ImmutableArray<ApplicationManifest> applications,
        Dictionary<string, ImmutableSortedDictionary<string, Instance>> present,
        CancellationToken cancellationToken)
    {
        HashSet<(string Application, string Build)> declared = [];
        List<(string Application, string Build, string Interface)> asked = [];
        foreach (var application in applications)
        {
            var run = present[application.Name].Values.Select(instance => instance.BuildId).ToHashSet();
            foreach (var build in application.Builds)
            {
                if (!run.Contains(build.Id) && build.Interfaces.FirstOrDefault(IsMapped) is { } name)
                {
                    asked.Add((application.Name, build.Id, name));
                }
                else
                {
                    // Of a build that nothing tells of: not a difference. It goes along with the instances that run it.
                    declared.Add((application.Name, build.Id));
                }
            }
        }

        foreach (var chunk in asked.Select(build => build.Interface).Distinct(StringComparer.Ordinal).Chunk(OneTimeRead.MaxNames))
        {
            RegistryView view;
            try
            {
                view = await OneTimeRead.ReadAsync(
                    connection, [.. chunk.Select(name => TopicName.Interface(@namespace, name))], time, cancellationToken);
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.InvalidArgument)
            {
                // A name that is none is declared by nobody. The declaration will be refused, by the place where it stands.
                continue;
            }

            foreach (var (application, build, name) in asked)
            {
                if (view.FindInterface(@namespace, name)?.Items.GetValueOrDefault(application)?.BuildIds.Contains(build) == true)
                {
                    declared.Add((application, build));
                }
            }
        }

        return declared;
    }

    private ApplicationWish WishFor(
        ApplicationManifest application,
        ImmutableSortedDictionary<string, Instance> present,
        HashSet<(string Application, string Build)> declared,
        bool prunes)
    {
        var builds = application.BuildNames.Zip(application.Builds)
            .Where(build => !declared.Contains((application.Name, build.Second.Id)))
            .Select(build => (Name: build.First, Build: build.Second));
        var wishes = ImmutableArray.CreateBuilder<InstanceWish>();
        foreach (var spec in application.Instances)
        {
            var wanted = Want(spec);
            if (!present.TryGetValue(spec.Id, out var before))
            {
                wishes.Add(new InstanceWish(ChangeKind.Added, wanted, []));
                continue;
            }

            // A takeover gives another incarnation, which is no wish of the manifest's.
            wanted.Incarnation = before.Incarnation;
            ImmutableArray<InstanceDifference> fields = [.. InstanceDifference.Between(before, wanted)];
            if (!fields.IsEmpty)
            {
                wishes.Add(new InstanceWish(ChangeKind.Changed, wanted, fields));
            }
        }

        var unchanged = application.Instances.Length - wishes.Count;
        if (prunes)
        {
            wishes.AddRange(RemovedOf(present, application.Instances.Select(instance => instance.Id).ToHashSet(StringComparer.Ordinal)));
        }

        return new ApplicationWish(application.Name, [.. builds], wishes.DrainToImmutable(), unchanged);
    }

    private IEnumerable<InstanceWish> RemovedOf(ImmutableSortedDictionary<string, Instance> present, HashSet<string> stays) =>
        from instance in present.Values
        where instance.Holder == holder && !stays.Contains(instance.Id)
        select new InstanceWish(ChangeKind.Removed, instance, []);

    // As the registry will show it: what is not set has its default.
    private Instance Want(InstanceSpec spec) => new()
    {
        Id = spec.Id,
        Endpoints = { spec.Endpoints },
        Zone = spec.Zone,
        Weight = spec.HasWeight ? spec.Weight : DefaultWeight,
        Metadata = { spec.Metadata },
        State = spec.State == InstanceState.Unspecified ? InstanceState.Up : spec.State,
        BuildId = spec.BuildId,
        Holder = holder,
    };

    private static bool IsMapped(string name) => !UnmappedPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
