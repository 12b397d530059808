namespace Registry.Doubles.Tests.Catalog;

/// <summary>The pump, its batches and what it keeps.</summary>
internal static class WatchingDoubles
{
    private const string Pump = "src/Registry.Core/Watching/WatchPump.cs";
    private const string Followed = "src/Registry.Core/Watching/FollowedTopic.cs";
    private const string Feed = "src/Registry.Core/Watching/TopicFeed.cs";
    private const string Message = "src/Registry.Core/Watching/TopicMessage.cs";

    public static readonly BrokenDouble BookmarkCounts = new()
    {
        Name = nameof(BookmarkCounts),
        Story = "A bookmark counts on from the last Sync instead of following the pump: it names a revision at which nothing was seen.",
        Edits = [new(Pump, "return new WatchBatch(items, _place.Revision);", "return new WatchBatch(items, isBookmark ? stream.LastSync + 1 : _place.Revision);")],
        CaughtBy = [Suite.Streams],
    };

    public static readonly BrokenDouble DeltaSkipped = new()
    {
        Name = nameof(DeltaSkipped),
        Story = "A change that comes while a stream's batch is on its way is not noted for it: the client lacks it until the topic changes again.",
        Edits = [new(Pump, "follower.Offer(change);", "if (!follower.Stream.IsBusy)\n    follower.Offer(change);")],
        CaughtBy = [Suite.Following, Suite.Windows, Suite.Recorded],
    };

    public static readonly BrokenDouble WindowSkipsAStep = new()
    {
        Name = nameof(WindowSkipsAStep),
        Story = "Of the steps that a client misses the first is left out: it applies the others to a base that they do not fit.",
        Edits = [new(Feed, "for (; i < _steps.Count; i++)", "for (i += i < _steps.Count - 1 ? 1 : 0; i < _steps.Count; i++)")],
        CaughtBy = [Suite.Windows],
    };

    public static readonly BrokenDouble EncodePerSubscriber = new()
    {
        Name = nameof(EncodePerSubscriber),
        Story = "The encoded form is not kept: ten thousand streams encode the same message ten thousand times.",
        Edits = [new(Message, "Volatile.Write(ref _encoded, encoded);", "Volatile.Write(ref _encoded, null);")],
        CaughtBy = [Suite.Encoding, Suite.Sinks],
    };

    public static readonly BrokenDouble EncodeWithoutClaim = new()
    {
        Name = nameof(EncodeWithoutClaim),
        Story = "Nobody claims the slot before he encodes: all streams that come while the first is at it encode too.",
        Edits =
        [
            new(
                Message,
                "var present = Volatile.Read(ref _encoded) ?? Interlocked.CompareExchange(ref _encoded, Claimed, null);",
                "var present = Volatile.Read(ref _encoded);"),
        ],
        CaughtBy = [Suite.Encoding, Suite.RaceOfEncoders],
    };

    public static readonly BrokenDouble WakeUpLost = new()
    {
        Name = nameof(WakeUpLost),
        Story = "The pump looks for work and then says that it sleeps: who comes in between finds it awake, does not wake it, and waits for ever. The pause between the two is what a switch of threads would make.",
        Edits =
        [
            new(
                Pump,
                """
                Interlocked.Exchange(ref _isScheduled, 0);
                YieldPoint.Reach(YieldPoint.PumpUnscheduled);
                if (!HasWork() || Interlocked.Exchange(ref _isScheduled, 1) == 1)
                    return;
                """,
                """
                if (!HasWork())
                {
                    YieldPoint.Reach(YieldPoint.PumpUnscheduled);
                    Thread.SpinWait(200);
                    Interlocked.Exchange(ref _isScheduled, 0);
                    return;
                }
                """),
        ],
        IsStatistical = true,
        CaughtBy = [Suite.PumpWaking, Suite.RaceWithThePumpsSleep],
    };

    public static readonly BrokenDouble NoSecondLook = new()
    {
        Name = nameof(NoSecondLook),
        Story = "The pump gives its thread back with work left and does not ask to be run again.",
        Edits =
        [
            new(
                Pump,
                """
                if (!HasWork() || Interlocked.Exchange(ref _isScheduled, 1) == 1)
                    return;
                """,
                "return;"),
        ],
        CaughtBy = [Suite.PumpWaking],
    };

    public static readonly BrokenDouble AbsenceForgottenEarly = new()
    {
        Name = nameof(AbsenceForgottenEarly),
        Story = "A name that went is forgotten at once and not when the pump has passed it: a new follower is told \"absent\" as of a revision at which it was there.",
        Edits =
        [
            new(
                "src/Registry.Core/Changes/LocalCommandOrder.cs",
                "_leases.Detach(command.Application, decision.Detachments);",
                """
                _leases.Detach(command.Application, decision.Detachments);
                if (applied.Prepared.Application.IsAbsent)
                    _applications.Forget(command.Application, applied.Revision);
                """),
        ],
        CaughtBy = [Suite.Following],
    };

    public static readonly BrokenDouble OldChangesOffered = new()
    {
        Name = nameof(OldChangesOffered),
        Story = "Changes that are in what a new follower read from the table are offered again: it is told twice, and back in time.",
        Edits =
        [
            new(
                Followed,
                """
                if (change.Snapshot.Revision <= Newest.Revision)
                    return;
                """,
                ""),
        ],
        CaughtBy = [Suite.Resuming],
    };

    public static readonly BrokenDouble ResumeTakesChangedForUnchanged = new()
    {
        Name = nameof(ResumeTakesChangedForUnchanged),
        Story = "Who resumes is not told what has changed since its token.",
        Edits = [new(Followed, "if (revision < Newest.Revision || Newest.IsAbsent)", "if (Newest.IsAbsent)")],
        CaughtBy = [Suite.Resuming, Suite.Windows],
    };

    public static readonly BrokenDouble TopicsAreKeptForEver = new()
    {
        Name = nameof(TopicsAreKeptForEver),
        Story = "A topic that nobody follows any more is taken off the list of those to be forgotten, and stays.",
        Edits =
        [
            new(
                Pump,
                "else if (feed.Followers.Count == 0 && _feeds.TryGetValue(feed.Topic, out var present) && present == feed)",
                "else if (feed.Followers.Count < 0 && _feeds.TryGetValue(feed.Topic, out var present) && present == feed)"),
        ],
        CaughtBy = [Suite.Leaving, Suite.Windows],
    };

    public static readonly BrokenDouble BusyStreamHoldsUpTheOthers = new()
    {
        Name = nameof(BusyStreamHoldsUpTheOthers),
        Story = "While the batch of one stream is on its way, no other one's is opened: one client that does not read stops them all.",
        Edits = [new(Pump, "if (stream.IsOver || stream.IsBusy)", "if (stream.IsOver || _streams.Exists(static s => s.IsBusy))")],
        CaughtBy = [Suite.BlockedSinks],
    };
}
