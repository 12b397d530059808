using Registry.LoadTests.Leases;
using Registry.Protocol.V1;
using Registry.TestKit.Guarantees.Recording;

namespace Registry.LoadTests.Tests.Leases;

/// <summary>A watcher that is told what the test says, of the applications and the one interface of a namespace.</summary>
internal sealed class ToldWatcher
{
    private const string Space = LeaseStory.Space;

    private readonly WireWatch _watch;

    public ToldWatcher(LeaseLog log, string name, params Subscribe[] subscriptions)
    {
        _watch = new WireWatch(log.Recorder, name);
        _watch.Sent(new WatchRequest { Open = new Open { Client = name, Subscriptions = { subscriptions } } });
        foreach (var subscription in subscriptions)
            _watch.Received(new WatchResponse { Subscribed = new Subscribed { Id = subscription.Id } });
    }

    /// <summary>The whole of an application.</summary>
    public ToldWatcher Whole(string application, long to, params Instance[] instances) =>
        Told(new WatchResponse
        {
            Application = new ApplicationTopic
            {
                Namespace = Space, Application = application, Kind = TopicMessageKind.Snapshot, To = to, Instances = { instances },
            },
        });

    /// <summary>A step of an application that changes instances.</summary>
    public ToldWatcher Step(string application, long from, long to, params Instance[] instances) =>
        Told(new WatchResponse
        {
            Application = new ApplicationTopic
            {
                Namespace = Space, Application = application, Kind = TopicMessageKind.Delta, From = from, To = to, Instances = { instances },
            },
        });

    /// <summary>A step of an application that removes instances.</summary>
    public ToldWatcher Gone(string application, long from, long to, params string[] instances) =>
        Told(new WatchResponse
        {
            Application = new ApplicationTopic
            {
                Namespace = Space, Application = application, Kind = TopicMessageKind.Delta, From = from, To = to, RemovedInstances = { instances },
            },
        });

    /// <summary>The whole of the mapping.</summary>
    public ToldWatcher Mapping(long to, params (string Application, string Build)[] applications) =>
        Told(new WatchResponse
        {
            Interface = new InterfaceTopic
            {
                Namespace = Space,
                Interface = LeaseStory.Interface,
                Kind = TopicMessageKind.Snapshot,
                To = to,
                Applications = { applications.Select(a => new MappedApplication { Application = a.Application, BuildIds = { a.Build } }) },
                Absent = applications.Length == 0,
            },
        });

    /// <summary>The mapping is not followed to an application any more.</summary>
    public ToldWatcher Dropped(string application) =>
        Told(new WatchResponse { Dropped = new Dropped { Topic = new Topic { Namespace = Space, Application = application } } });

    public ToldWatcher Sync(long revision) => Told(new WatchResponse { Sync = new Sync { Epoch = LeaseStory.Epoch, Revision = revision } });

    private ToldWatcher Told(WatchResponse message)
    {
        _watch.Received(message);
        return this;
    }
}
