using Registry.Core.Naming;

namespace Registry.Core.Watching;

/// <summary>Who follows one topic. Exists only while somebody does. Owned by the pump.</summary>
internal sealed class TopicFeed(Topic topic)
{
    private readonly List<FollowedTopic> _followers = [];
    private TopicSnapshot? _absent;

    public Topic Topic => topic;

    public IReadOnlyList<FollowedTopic> Followers => _followers;

    /// <summary>What those who follow a name that nobody knows are told: one object, encoded once.</summary>
    public TopicSnapshot Absent(Func<Topic, TopicSnapshot> make) => _absent ??= make(topic);

    public void Add(FollowedTopic follower)
    {
        follower.Position = _followers.Count;
        _followers.Add(follower);
    }

    public void Remove(FollowedTopic follower)
    {
        var last = _followers[^1];
        _followers[follower.Position] = last;
        last.Position = follower.Position;
        _followers.RemoveAt(_followers.Count - 1);
    }
}
