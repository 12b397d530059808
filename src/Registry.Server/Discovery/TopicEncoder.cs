using System.Collections.Immutable;
using Google.Protobuf;
using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Watching;
using Wire = Registry.Protocol.V1;

namespace Registry.Server.Discovery;

/// <summary>Encodes topic messages, in parts that stay below <see cref="MaxPartLength"/>.</summary>
internal static class TopicEncoder
{
    /// <summary>About the length of a part: one flush each, so that a large snapshot does not hold a connection up.</summary>
    public const int MaxPartLength = 64 * 1024;

    // Room in a part for its head: names, revisions, prefix.
    private const int HeadLength = 1_024;

    private static long _encodings;

    /// <summary>How often anything was encoded since the start, process wide.</summary>
    public static long Encodings => Interlocked.Read(ref _encodings);

    /// <summary>What <see cref="TopicMessage.TryGetEncoded{T}"/> is given.</summary>
    public static readonly Func<TopicMessage, EncodedTopic> Encode = EncodeMessage;

    private static EncodedTopic EncodeMessage(TopicMessage message)
    {
        Interlocked.Increment(ref _encodings);
        return new EncodedTopic(message switch
        {
            ApplicationSnapshot snapshot => EncodeApplication(
                () => new()
                {
                    Namespace = snapshot.Name.Namespace,
                    Application = snapshot.Name.Name,
                    Kind = Wire.TopicMessageKind.Snapshot,
                    To = snapshot.Revision,
                    Absent = snapshot.IsAbsent,
                },
                snapshot.Instances,
                []),
            ApplicationDelta delta => EncodeApplication(
                () => new()
                {
                    Namespace = delta.Topic.Name.Namespace,
                    Application = delta.Topic.Name.Name,
                    Kind = Wire.TopicMessageKind.Delta,
                    From = delta.From,
                    To = delta.To,
                },
                delta.Upserts,
                delta.Removals),
            MappingSnapshot snapshot => EncodeMapping(
                () => new()
                {
                    Namespace = snapshot.Name.Namespace,
                    Interface = snapshot.Name.Name,
                    Kind = Wire.TopicMessageKind.Snapshot,
                    To = snapshot.Revision,
                    Absent = snapshot.IsAbsent,
                },
                snapshot.Applications,
                []),
            MappingDelta delta => EncodeMapping(
                () => new()
                {
                    Namespace = delta.Topic.Name.Namespace,
                    Interface = delta.Topic.Name.Name,
                    Kind = Wire.TopicMessageKind.Delta,
                    From = delta.From,
                    To = delta.To,
                },
                delta.Upserts,
                delta.Removals),
            _ => throw new ArgumentOutOfRangeException(nameof(message), message.GetType(), "not a topic message"),
        });
    }

    private static byte[][] EncodeApplication(
        Func<Wire.ApplicationTopic> newPart, ImmutableArray<Instance> upserts, ImmutableArray<string> removals)
    {
        var parts = Split(newPart, upserts, removals, ToWire, static (part, i) => part.Instances.Add(i), static (part, id) => part.RemovedInstances.Add(id));
        for (var i = 0; i < parts.Count; i++)
        {
            parts[i].Continued = i > 0;
            parts[i].More = i < parts.Count - 1;
        }

        return [.. parts.Select(part => Frame(new Wire.WatchResponse { Application = part }))];
    }

    private static byte[][] EncodeMapping(
        Func<Wire.InterfaceTopic> newPart, ImmutableArray<MappedApplication> upserts, ImmutableArray<string> removals)
    {
        var parts = Split(newPart, upserts, removals, ToWire, static (part, a) => part.Applications.Add(a), static (part, name) => part.RemovedApplications.Add(name));
        for (var i = 0; i < parts.Count; i++)
        {
            parts[i].Continued = i > 0;
            parts[i].More = i < parts.Count - 1;
        }

        return [.. parts.Select(part => Frame(new Wire.WatchResponse { Interface = part }))];
    }

    // At least one part; one item more than fits begins the next.
    private static List<TPart> Split<TPart, TItem, TWire>(
        Func<TPart> newPart,
        ImmutableArray<TItem> upserts,
        ImmutableArray<string> removals,
        Func<TItem, TWire> toWire,
        Action<TPart, TWire> addUpsert,
        Action<TPart, string> addRemoval)
        where TWire : IMessage
    {
        var parts = new List<TPart> { newPart() };
        var length = HeadLength;
        foreach (var item in upserts)
        {
            var wire = toWire(item);
            addUpsert(PartFor(wire.CalculateSize()), wire);
        }

        foreach (var name in removals)
            addRemoval(PartFor(name.Length), name);
        return parts;

        TPart PartFor(int size)
        {
            const int FieldHead = 6;
            length += size + FieldHead;
            if (length > MaxPartLength)
            {
                parts.Add(newPart());
                length = HeadLength + size + FieldHead;
            }

            return parts[^1];
        }
    }

    /// <summary>A message as it stands on the wire, prefix included.</summary>
    public static byte[] Frame(Wire.WatchResponse message)
    {
        var frame = new byte[EncodedTopic.PrefixLength + message.CalculateSize()];
        EncodedTopic.WritePrefix(frame);
        message.WriteTo(frame.AsSpan(EncodedTopic.PrefixLength));
        return frame;
    }

    private static Wire.MappedApplication ToWire(MappedApplication mapped) => new() { Application = mapped.Application, BuildIds = { mapped.Builds } };

    private static Wire.Instance ToWire(Instance instance)
    {
        var declaration = instance.Declaration;
        var wire = new Wire.Instance
        {
            Id = instance.Id,
            Zone = declaration.Zone,
            Weight = (uint)declaration.Weight,
            State = instance.State switch
            {
                InstanceState.Up => Wire.InstanceState.Up,
                InstanceState.Draining => Wire.InstanceState.Draining,
                InstanceState.Suspect => Wire.InstanceState.Suspect,
                _ => Wire.InstanceState.Down,
            },
            BuildId = declaration.BuildId,
            Incarnation = instance.Incarnation,
            Revision = instance.Revision,
            Holder = instance.Holder,
        };
        foreach (var endpoint in declaration.Endpoints)
            wire.Endpoints.Add(new Wire.Endpoint { Protocol = endpoint.Protocol, Host = endpoint.Host, Port = (uint)endpoint.Port });
        foreach (var (key, value) in declaration.Metadata)
            wire.Metadata.Add(key, value);
        return wire;
    }
}
