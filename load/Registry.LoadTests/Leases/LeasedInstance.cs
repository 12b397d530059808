using Registry.TestKit.Guarantees.Recording;

namespace Registry.LoadTests.Leases;

/// <summary>One instance, from its registration on: what was acknowledged of it, and what watchers were told of it beside that.</summary>
/// <param name="topic">The topic of its application.</param>
/// <param name="id">Its id.</param>
/// <param name="begins">The revision of its registration.</param>
/// <param name="lease">What keeps it.</param>
internal sealed class LeasedInstance(string topic, string id, long begins, KnownLease lease)
{
    private const string Up = "Up", Suspect = "Suspect";

    private readonly SortedList<long, string> _acknowledged = [];
    private readonly SortedList<long, (string Content, long At)> _told = [];

    public string Name => $"{topic}/{id}";

    public string Topic => topic;

    public string Id => id;

    public long Begins => begins;

    public KnownLease Lease => lease;

    /// <summary>When somebody removed it: the revision, and when that was asked for; null: nobody did.</summary>
    public (long Revision, long Asked)? Removed { get; set; }

    /// <summary>The first revision by which it was gone without anybody's word, and when that was seen first; null: nobody saw that.</summary>
    public (long Revision, long At)? Gone { get; private set; }

    /// <summary>The newest Sync at which a watcher had it.</summary>
    public long LastHeld { get; private set; }

    /// <summary>States that it was in without anybody's word, by their revisions, each with the moment in which it was seen first.</summary>
    public IEnumerable<KeyValuePair<long, (string Content, long At)>> Silent => _told.Where(t => Gone is not { } gone || t.Key < gone.Revision);

    public void Acknowledge(long revision, string content) => _acknowledged.Add(revision, content);

    /// <summary>A watcher has it at a Sync.</summary>
    public void Held(long sync) => LastHeld = Math.Max(LastHeld, sync);

    /// <summary>It may have gone by itself by that revision: nobody removed it, and nobody was told later that it is there.</summary>
    public bool CanBeGone(long revision) => Removed is null && begins < revision && _acknowledged.Keys[^1] < revision;

    /// <summary>A watcher was told that it is gone.</summary>
    public void TellGone(long revision, long at)
    {
        if (CanBeGone(revision))
            Gone = Gone is { } before ? (Math.Min(before.Revision, revision), Math.Min(before.At, at)) : (revision, at);
    }

    /// <summary>
    /// A watcher was told its state. If nobody has acknowledged that, it may be of the server's own making, where nothing but suspicion
    /// has come or gone; anything else is left to be found as a contradiction.
    /// </summary>
    public void Tell(string content, long at)
    {
        if (ItemContent.Read(content) is not { State: Up or Suspect } told || told.Revision <= begins || _acknowledged.ContainsKey(told.Revision))
            return;
        var last = ItemContent.Read(_acknowledged.Last(a => a.Key < told.Revision).Value)!.Value;
        if (last.Remainder == told.Remainder && (Removed is not { } removed || told.Revision < removed.Revision))
            _told.TryAdd(told.Revision, (content, at));
    }
}
