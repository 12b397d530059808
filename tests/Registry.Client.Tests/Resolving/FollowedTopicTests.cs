using System.Collections.Immutable;
using Registry.Client.Resolving;
using Registry.Client.Tests.Fakes;
using Registry.Client.Watching;
using Registry.Protocol.V1;

namespace Registry.Client.Tests.Resolving;

/// <summary>One topic, and the order in which its views come.</summary>
public sealed class FollowedTopicTests
{
    private const long Protection = 30;
    private static readonly TopicName Orders = TopicName.Application("", "orders");
    private readonly FollowedTopic _topic = new(Orders);

    [Fact]
    public void WhatIsHeld_IsLetGo_AndNothingThatCameMeanwhile()
    {
        Publish(View("e1", 5, "a", "b"), now: 0);
        Publish(View("e2", 2, "a"), now: 1);
        Assert.Equal(["a", "b (held)"], Instances());
        Publish(View("e2", 3, "a", "c"), now: 2);

        _topic.ReleaseHeld(now: Protection);
        Assert.Equal(["a", "b (held)", "c"], Instances());
        _topic.ReleaseHeld(now: 1 + Protection);

        Assert.Equal(["a", "c"], Instances());
        Assert.Equal(3, _topic.Latest.View!.Revision);
    }

    [Fact]
    public void LastHeldInstance_LeavesWhatTheRegistrySays()
    {
        Publish(View("e1", 5, "a"), now: 0);
        Publish(View("e2", 2), now: 1);
        Assert.Equal(ServiceStatus.Available, _topic.Latest.View!.Status);
        _topic.ReleaseHeld(now: 1 + Protection);
        Assert.Equal((ServiceStatus.NoInstance, 0), (_topic.Latest.View!.Status, _topic.Latest.View.HeldInstances));
    }

    private static RegistryView View(string epoch, long revision, params string[] ids) => RegistryView.Empty with
    {
        Epoch = epoch,
        Revision = revision,
        Applications = ImmutableDictionary<TopicName, TopicContent<Instance>>.Empty.Add(Orders, new TopicContent<Instance>(
            revision, IsAbsent: false, TopicContent<Instance>.NoItems.AddRange(ids.Select(id => KeyValuePair.Create(id, Wire.Instance(id)))))),
    };

    private void Publish(RegistryView view, long now) => _topic.Publish(view, _ => true, now, Protection);

    private string[] Instances() => [.. _topic.Latest.View!.Instances.Select(instance => instance.IsHeld ? $"{instance.Id} (held)" : instance.Id)];
}
