using System.Diagnostics;
using Registry.Core.Naming;

namespace Registry.Core.Watching;

/// <summary>The whole state of a topic at one revision. Immutable once published. Thread safe.</summary>
public abstract class TopicSnapshot : TopicMessage
{
    private protected TopicSnapshot(Topic topic, bool isAbsent)
        : base(topic)
    {
        IsAbsent = isAbsent;
    }

    /// <summary>The revision that made this state; 0: absent, and no change is known.</summary>
    public long Revision { get; private set; }

    /// <summary>The registry knows nothing of the topic.</summary>
    public bool IsAbsent { get; }

    /// <summary>How many items (instances, or mapped applications) it lists.</summary>
    public abstract int Count { get; }

    // Called inside the commit section, before the snapshot can be seen by anybody else.
    internal void Stamp(long revision)
    {
        Debug.Assert(Revision == 0, "a snapshot is stamped once");
        Revision = revision;
    }
}
