using System.Collections.Immutable;
using Google.Protobuf;
using Registry.Core.Instances;
using Registry.Core.Naming;
using Registry.Storage.Format;
using Registry.Storage.Records;

namespace Registry.Storage.Snapshots;

/// <summary>Turns applications into records of a state snapshot and back.</summary>
internal static class SnapshotCodec
{
    // An application may have 10,000 instances of 16 KiB each, and a record is never longer than RecordFrame.MaxLength: a longer one could be
    // written and not be read any more. So an application takes as many records as it needs.
    private const int PartBytes = 1024 * 1024;

    /// <summary>The records of an application, in order; at least one.</summary>
    public static IEnumerable<ApplicationRecord> ToRecords(ApplicationSnapshot application)
    {
        var record = NewRecord(application.Name);
        var length = 0;
        foreach (var instance in application.Instances)
        {
            var written = ChangeCodec.ToRecord(instance);
            written.Revision = instance.Revision;
            if (IsFull(written))
            {
                yield return record;
                record = NewRecord(application.Name);
            }

            record.Instances.Add(written);
        }

        foreach (var use in application.Builds)
        {
            var written = new BuildUseRecord
            {
                Build = new BuildRecord { Interfaces = { use.Build.Interfaces } },
                Instances = use.Instances,
                UnusedSince = use.UnusedSince,
            };
            if (IsFull(written))
            {
                yield return record;
                record = NewRecord(application.Name);
            }

            record.Builds.Add(written);
        }

        yield return record;

        // True: what comes next does not fit, and the record goes on in another one.
        bool IsFull(IMessage next)
        {
            var size = next.CalculateSize();
            record.IsContinued = length > 0 && length + size > PartBytes;
            length = record.IsContinued ? size : length + size;
            return record.IsContinued;
        }
    }

    /// <summary>The application, with all its revisions.</summary>
    /// <param name="records">All of its records, in order.</param>
    /// <param name="revision">The revision that their frames name.</param>
    /// <exception cref="InvalidDataException">The records say something that no server writes.</exception>
    public static ApplicationSnapshot ToApplication(IReadOnlyList<ApplicationRecord> records, long revision)
    {
        var (@namespace, name) = (records[0].Namespace, records[0].Application);
        if (records.Any(record => record.Namespace != @namespace || record.Application != name))
            throw new InvalidDataException($"application {name} goes on as another one");

        var instances = ImmutableArray.CreateBuilder<Instance>(records.Sum(static record => record.Instances.Count));
        var unleased = 0;
        foreach (var read in records.SelectMany(static record => record.Instances))
        {
            var instance = ChangeCodec.ToInstance(read);
            instance.Stamp(read.Revision);
            unleased += instance.IsLeased ? 0 : 1;
            instances.Add(instance);
        }

        var builds = records
            .SelectMany(static record => record.Builds)
            .Select(static use => new BuildUse(Build.Of(use.Build.Interfaces), use.Instances, use.UnusedSince));
        var application = new ApplicationSnapshot(new QualifiedName(@namespace, name), instances.MoveToImmutable(), [.. builds], unleased);
        application.Stamp(revision);
        return application;
    }

    private static ApplicationRecord NewRecord(QualifiedName name) => new() { Namespace = name.Namespace, Application = name.Name };
}
