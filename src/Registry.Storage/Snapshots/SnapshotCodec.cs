using System.Collections.Immutable;
using Registry.Core.Instances;
using Registry.Core.Naming;
using Registry.Storage.Format;
using Registry.Storage.Records;

namespace Registry.Storage.Snapshots;

/// <summary>Turns applications into records of a state snapshot and back.</summary>
internal static class SnapshotCodec
{
    public static ApplicationRecord ToRecord(ApplicationSnapshot application)
    {
        var record = new ApplicationRecord { Namespace = application.Name.Namespace, Application = application.Name.Name };
        foreach (var instance in application.Instances)
        {
            var written = ChangeCodec.ToRecord(instance);
            written.Revision = instance.Revision;
            record.Instances.Add(written);
        }

        foreach (var use in application.Builds)
        {
            record.Builds.Add(new BuildUseRecord
            {
                Build = new BuildRecord { Interfaces = { use.Build.Interfaces } },
                Instances = use.Instances,
                UnusedSince = use.UnusedSince,
            });
        }

        return record;
    }

    /// <summary>The application, with all its revisions.</summary>
    /// <exception cref="InvalidDataException">The record says something that no server writes.</exception>
    public static ApplicationSnapshot ToApplication(ApplicationRecord record, long revision)
    {
        ImmutableArray<Instance> instances = [.. record.Instances.Select(ToInstance)];
        var application = new ApplicationSnapshot(
            new QualifiedName(record.Namespace, record.Application),
            instances,
            [.. record.Builds.Select(use => new BuildUse(Build.Of(use.Build.Interfaces), use.Instances, use.UnusedSince))],
            unleased: instances.Count(instance => !instance.IsLeased));
        application.Stamp(revision);
        return application;
    }

    private static Instance ToInstance(InstanceRecord record)
    {
        var instance = ChangeCodec.ToInstance(record);
        instance.Stamp(record.Revision);
        return instance;
    }
}
