using System.Collections.Immutable;
using Google.Protobuf;
using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;
using Registry.Storage.Records;

namespace Registry.Storage.Format;

/// <summary>Turns changes into records and back. What comes back is as it was appended, but for the revision, which the frame holds.</summary>
internal static class ChangeCodec
{
    public static ChangeRecord ToRecord(ApplicationChange change)
    {
        var record = new ChangeRecord
        {
            Namespace = change.Application.Namespace,
            Application = change.Application.Name,
            Cause = (uint)change.Cause,
            Removals = { change.Removals },
            BuildsRemoved = { change.BuildsRemoved },
        };
        foreach (var instance in change.Upserts)
            record.Upserts.Add(ToRecord(instance));
        foreach (var build in change.BuildsAdded)
            record.BuildsAdded.Add(new BuildRecord { Interfaces = { build.Interfaces } });
        return record;
    }

    /// <summary>The change that a record holds.</summary>
    /// <exception cref="InvalidDataException">The record says something that no server writes.</exception>
    public static ApplicationChange ToChange(ChangeRecord record)
    {
        var change = new ApplicationChange
        {
            Application = new QualifiedName(record.Namespace, record.Application),
            Cause = record.Cause <= (uint)ChangeCause.Retired ? (ChangeCause)record.Cause : throw new InvalidDataException($"cause {record.Cause} is unknown"),
            Upserts = [.. record.Upserts.Select(ToInstance)],
            Removals = [.. record.Removals],
            BuildsAdded = [.. record.BuildsAdded.Select(build => Build.Of(build.Interfaces))],
            BuildsRemoved = [.. record.BuildsRemoved],
        };
        return change.IsEmpty ? throw new InvalidDataException("a change changes nothing") : change;
    }

    public static InstanceRecord ToRecord(Instance instance)
    {
        var declared = instance.Declaration;
        Span<byte> lease = stackalloc byte[LeaseId.Length];
        instance.Lease.Write(lease);
        var record = new InstanceRecord
        {
            Id = declared.Id,
            Zone = declared.Zone,
            Weight = declared.Weight,
            DeclaredState = (uint)declared.State,
            BuildId = declared.BuildId,
            LeaseId = ByteString.CopyFrom(lease),
            LeaseTtlTicks = instance.LeaseTtl.Ticks,
            Owner = instance.Owner,
            Incarnation = instance.Incarnation,
            IsSuspect = instance.IsSuspect,
            Holder = instance.Holder,
        };
        foreach (var endpoint in declared.Endpoints)
            record.Endpoints.Add(new EndpointRecord { Protocol = endpoint.Protocol, Host = endpoint.Host, Port = endpoint.Port });
        foreach (var (key, value) in declared.Metadata)
            record.Metadata.Add(new MetadataRecord { Key = key, Value = value });
        return record;
    }

    public static Instance ToInstance(InstanceRecord record)
    {
        if (record.DeclaredState > (uint)DeclaredState.Down)
            throw new InvalidDataException($"state {record.DeclaredState} of instance {record.Id} is unknown");
        if (!LeaseId.TryRead(record.LeaseId.Span, out var lease))
            throw new InvalidDataException($"the lease of instance {record.Id} has {record.LeaseId.Length} bytes");
        if (record.Holder.Length > 0 && (lease != default || record.LeaseTtlTicks != 0 || record.IsSuspect))
            throw new InvalidDataException($"instance {record.Id} has a holder and a lease");
        if (record.Holder.Length == 0 && record.LeaseTtlTicks <= 0)
            throw new InvalidDataException($"the lease of instance {record.Id} has a TTL of {record.LeaseTtlTicks}");

        var declared = new InstanceDeclaration
        {
            Id = record.Id,
            Endpoints = [.. record.Endpoints.Select(endpoint => new EndpointAddress(endpoint.Protocol, endpoint.Host, endpoint.Port))],
            Zone = record.Zone,
            Weight = record.Weight,
            Metadata = record.Metadata.Select(pair => KeyValuePair.Create(pair.Key, pair.Value)).ToImmutableArray(),
            State = (DeclaredState)record.DeclaredState,
            BuildId = record.BuildId,
        };
        return new Instance(declared, lease, TimeSpan.FromTicks(record.LeaseTtlTicks), record.Owner, record.Incarnation, record.IsSuspect, record.Holder);
    }
}
