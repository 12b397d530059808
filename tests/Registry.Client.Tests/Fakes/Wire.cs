using Registry.Protocol.V1;

namespace Registry.Client.Tests.Fakes;

/// <summary>Messages of a watch, short enough that a test reads as a conversation.</summary>
internal static class Wire
{
    public static WatchResponse Sync(long revision, string epoch = "e1") =>
        new() { Sync = new Sync { Epoch = epoch, Revision = revision } };

    public static WatchResponse Subscribed(ulong id) => new() { Subscribed = new Subscribed { Id = id } };

    public static WatchResponse Unsubscribed(ulong id) => new() { Unsubscribed = new Unsubscribed { Id = id } };

    public static WatchResponse Ended(ulong id, int code, string reason) =>
        new() { SubscriptionEnded = new SubscriptionEnded { Id = id, Code = code, Reason = reason, Message = "scripted" } };

    public static WatchResponse DroppedInterface(string name) =>
        new() { Dropped = new Dropped { Topic = new Topic { Namespace = "default", Interface = name } } };

    public static WatchResponse DroppedApplication(string name) =>
        new() { Dropped = new Dropped { Topic = new Topic { Namespace = "default", Application = name } } };

    /// <summary>A snapshot of a mapping; of each application its builds, as "orders:b1,b2".</summary>
    public static WatchResponse Mapping(string name, long to, params string[] applications) =>
        MappingPart(name, TopicMessageKind.Snapshot, 0, to, false, false, applications);

    public static WatchResponse NoMapping(string name, long to = 0)
    {
        var message = Mapping(name, to);
        message.Interface.Absent = true;
        return message;
    }

    public static WatchResponse MappingDelta(string name, long from, long to, string[] applications, params string[] removed)
    {
        var message = MappingPart(name, TopicMessageKind.Delta, from, to, false, false, applications);
        message.Interface.RemovedApplications.AddRange(removed);
        return message;
    }

    public static WatchResponse MappingPart(
        string name, TopicMessageKind kind, long from, long to, bool continued, bool more, params string[] applications)
    {
        var topic = new InterfaceTopic
        {
            Namespace = "default",
            Interface = name,
            Kind = kind,
            From = from,
            To = to,
            Continued = continued,
            More = more,
        };
        foreach (var application in applications)
        {
            var mapped = new MappedApplication { Application = application.Split(':')[0] };
            mapped.BuildIds.AddRange(application.Split(':')[1].Split(','));
            topic.Applications.Add(mapped);
        }

        return new WatchResponse { Interface = topic };
    }

    /// <summary>A snapshot of an application.</summary>
    public static WatchResponse Instances(string name, long to, params Instance[] instances) =>
        InstancesPart(name, TopicMessageKind.Snapshot, 0, to, false, false, instances);

    public static WatchResponse NoApplication(string name, long to = 0)
    {
        var message = Instances(name, to);
        message.Application.Absent = true;
        return message;
    }

    public static WatchResponse InstancesDelta(string name, long from, long to, Instance[] instances, params string[] removed)
    {
        var message = InstancesPart(name, TopicMessageKind.Delta, from, to, false, false, instances);
        message.Application.RemovedInstances.AddRange(removed);
        return message;
    }

    public static WatchResponse InstancesPart(
        string name, TopicMessageKind kind, long from, long to, bool continued, bool more, params Instance[] instances)
    {
        var topic = new ApplicationTopic
        {
            Namespace = "default",
            Application = name,
            Kind = kind,
            From = from,
            To = to,
            Continued = continued,
            More = more,
        };
        topic.Instances.AddRange(instances);
        return new WatchResponse { Application = topic };
    }

    public static Instance Instance(string id, string build = "b1", long revision = 1, InstanceState state = InstanceState.Up) => new()
    {
        Id = id,
        BuildId = build,
        State = state,
        Weight = 100,
        Incarnation = 1,
        Revision = revision,
        Endpoints = { new Endpoint { Protocol = "grpc", Host = "10.0.0.1", Port = 50051 } },
    };
}
