using System.Diagnostics;
using Registry.Core.Naming;

namespace Registry.Core.Watching;

/// <summary>
/// One step of a topic: whole items to upsert and names to remove. Applies on every base b with From &lt;= b &lt; To, because the
/// topic did not change between From and To. Immutable once published. Thread safe.
/// </summary>
public abstract class TopicDelta : TopicMessage
{
    private protected TopicDelta(Topic topic, long from)
        : base(topic)
    {
        From = from;
    }

    /// <summary>The revision of the topic's change before this one.</summary>
    public long From { get; }

    /// <summary>The revision that this step brings the topic to.</summary>
    public long To { get; private set; }

    /// <summary>How many items it upserts or removes.</summary>
    public abstract int Count { get; }

    /// <summary>About how many bytes it takes to keep, for bounding a window.</summary>
    internal abstract int Size { get; }

    // Called inside the commit section, before the delta can be seen by anybody else.
    internal void Stamp(long revision)
    {
        Debug.Assert(To == 0 && revision > From, "a delta is stamped once, with a newer revision than its base's");
        To = revision;
    }
}
