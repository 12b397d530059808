using System.Diagnostics;
using Registry.Core.Naming;

namespace Registry.Core.Watching;

/// <summary>
/// Who follows one topic, and its last steps. Exists while somebody follows the topic, and for a while after. Owned by the pump.
/// </summary>
internal sealed class TopicFeed(Topic topic)
{
    private readonly List<FollowedTopic> _followers = [];

    // The last steps without a gap: each begins where the one before ended. _first counts those that are forgotten and still lie at
    // the head; the newest is never forgotten, or streams that keep up would get snapshots.
    private readonly List<TopicDelta> _steps = [];
    private int _first;
    private TopicSnapshot? _absent;

    public Topic Topic => topic;

    public IReadOnlyList<FollowedTopic> Followers => _followers;

    /// <summary>When the last follower left. Meaningless while there is one.</summary>
    public long IdleSince { get; set; }

    /// <summary>This is among the feeds that the pump looks at to forget them.</summary>
    public bool IsIdleQueued { get; set; }

    /// <summary>How many steps are kept.</summary>
    public int StepCount => _steps.Count - _first;

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

    /// <summary>Keeps a step.</summary>
    public void Remember(TopicDelta step)
    {
        Debug.Assert(StepCount == 0 || _steps[^1].To == step.From, "the steps of a topic follow each other without a gap");
        _steps.Add(step);
    }

    /// <summary>The topic went away, or came: steps from before lead nowhere.</summary>
    public void ForgetAll()
    {
        _steps.Clear();
        _first = 0;
    }

    /// <summary>Forgets a step if it is still kept, is the oldest, and is not the newest too.</summary>
    public void Forget(TopicDelta step)
    {
        if (StepCount < 2 || _steps[_first] != step)
            return;
        _steps[_first] = null!;
        _first++;

        // Moved together once the forgotten half outweighs the rest, which costs a constant per step.
        if (_first > _steps.Count / 2)
        {
            _steps.RemoveRange(0, _first);
            _first = 0;
        }
    }

    /// <summary>
    /// Adds the steps that lead from what a client has to the newest state. False, and none added: they are not all kept, or there
    /// are as many items in them as in the whole.
    /// </summary>
    /// <param name="from">The revision of what the client has.</param>
    /// <param name="newest">The state to reach.</param>
    /// <param name="items">Where to add.</param>
    public bool TryAddSteps(long from, TopicSnapshot newest, List<WatchItem> items)
    {
        if (StepCount == 0 || _steps[^1].To != newest.Revision)
            return false;
        var length = 0;
        for (var i = _steps.Count - 1; i >= _first; i--)
        {
            length += _steps[i].Count;
            if (length >= newest.Count && i < _steps.Count - 1)
                return false;
            if (_steps[i].From > from)
                continue;
            for (; i < _steps.Count; i++)
                items.Add(WatchItem.OfTopic(_steps[i]));
            return true;
        }

        return false;
    }
}
