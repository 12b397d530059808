namespace Registry.Doubles.Tests.Catalog;

/// <summary>Commands: decide, order, apply.</summary>
internal static class WritingDoubles
{
    private const string Order = "src/Registry.Core/Changes/LocalCommandOrder.cs";
    private const string Applier = "src/Registry.Core/Changes/Applier.cs";
    private const string Commit = "src/Registry.Core/Changes/CommitSection.cs";
    private const string Mapping = "src/Registry.Core/Mapping/MappingSnapshot.cs";
    private const string Table = "src/Registry.Core/Tables/StripedTable.cs";

    public static readonly BrokenDouble StripeLockRemoved = new()
    {
        Name = nameof(StripeLockRemoved),
        Story = "Everybody locks a lock of his own: two writers of one application decide on the same snapshot, and the later one takes the other's change back.",
        Edits =
        [
            new(Table, "public HeldLock Enter() => new(_gate, level, index);", "public HeldLock Enter() => new(new Lock(), level, index);"),
        ],
        CaughtBy = [Suite.WriteRaces, Suite.Linearizability],
    };

    public static readonly BrokenDouble DecisionOutlived = new()
    {
        Name = nameof(DecisionOutlived),
        Story = "As above, and who has decided is held up before he applies it, as a switch of threads would: the state that he decided on is over by then.",
        Edits =
        [
            new(Table, "public HeldLock Enter() => new(_gate, level, index);", "public HeldLock Enter() => new(new Lock(), level, index);"),
            new(Order, "YieldPoint.Reach(YieldPoint.Decided);", "YieldPoint.Reach(YieldPoint.Decided);\nThread.Sleep(0);"),
        ],
        CaughtBy = [Suite.ParallelSuffixes, Suite.Linearizability],
    };

    public static readonly BrokenDouble ImageWithoutTheChangesMeanwhile = new()
    {
        Name = nameof(ImageWithoutTheChangesMeanwhile),
        Story = "A walk over the applications is taken for the registry at one revision: what changes behind the walk is left out, and what changes before it is not.",
        Edits = [new(Commit, "recording.Add(prepared.ChangeSet);", "_ = recording;")],
        CaughtBy = [Suite.RaceOfImageAndWrites],
    };

    public static readonly BrokenDouble MappingSetAndNotUnited = new()
    {
        Name = nameof(MappingSetAndNotUnited),
        Story = "A mapping is set where it should be united: the application that declares an interface last takes the place of all others.",
        Edits =
        [
            new(
                Mapping,
                "var next = new MappingSnapshot(Name, Sorted.Merge(Applications, upserts, removals, static a => a.Application));",
                "var next = new MappingSnapshot(Name, Sorted.Merge([], upserts, removals, static a => a.Application));"),
        ],
        CaughtBy = [Suite.Stress],
    };

    public static readonly BrokenDouble TakeoverTakenForARetry = new()
    {
        Name = nameof(TakeoverTakenForARetry),
        Story = "A register under another lease is taken for a retry: the instance stays on the old lease, and dies with it.",
        Edits =
        [
            new("src/Registry.Core/Changes/Commands/RegisterCommand.cs", "if (existing.Lease == _lease && existing.Holder == _holder)", "if (existing.Owner == Owner)"),
        ],
        CaughtBy = [Suite.Sequences],
    };

    public static readonly BrokenDouble HolderTakenForTheSame = new()
    {
        Name = nameof(HolderTakenForTheSame),
        Story = "A register by another holder is taken for a retry, since neither has a lease: the instance stays with the first, and is pruned by it.",
        Edits =
        [
            new(
                "src/Registry.Core/Changes/Commands/RegisterCommand.cs",
                "if (existing.Lease == _lease && existing.Holder == _holder)",
                "if (existing.Lease == _lease)"),
        ],
        CaughtBy = [Suite.Holders],
    };

    public static readonly BrokenDouble LoadThenStore = new()
    {
        Name = nameof(LoadThenStore),
        Story = "An application's entry is looked up before the lock and stored inside it: two first writers both find none, and the later one's entry hides the other's.",
        Edits =
        [
            new(Order, "using (stripe.Enter())", "var loaded = stripe.Find(command.Application);\nusing (stripe.Enter())"),
            new(
                Order,
                "var entry = stripe.FindOrAdd(command.Application, ApplicationSnapshot.Absent);",
                """
                if (loaded is null)
                    stripe.Remove(command.Application);
                var entry = loaded ?? stripe.FindOrAdd(command.Application, ApplicationSnapshot.Absent);
                """),
        ],
        CaughtBy = [Suite.WriteRaces],
    };

    public static readonly BrokenDouble RevisionCountedOutside = new()
    {
        Name = nameof(RevisionCountedOutside),
        Story = "The revision comes from an interlocked counter before the commit section: who is overtaken on the way in publishes an older revision over a newer one.",
        Edits =
        [
            new(Commit, "private long _revision;", "private long _revision;\nprivate long _counter;"),
            new(
                Commit,
                """
                using var held = new HeldLock(_gate, LockLevel.Commit);
                var next = revision ?? checked(Math.Max(_revision, _lastBefore) + 1);
                """,
                """
                var next = revision ?? Interlocked.Increment(ref _counter);
                using var held = new HeldLock(_gate, LockLevel.Commit);
                """),
        ],
        IsStatistical = true,
        CaughtBy = [Suite.WriteRaces],
    };

    public static readonly BrokenDouble RevisionReadOutside = new()
    {
        Name = nameof(RevisionReadOutside),
        Story = "The next revision is worked out before the commit section is entered: two changes get the same one.",
        Edits =
        [
            new(
                Commit,
                """
                using var held = new HeldLock(_gate, LockLevel.Commit);
                var next = revision ?? checked(Math.Max(_revision, _lastBefore) + 1);
                """,
                """
                var next = revision ?? checked(Math.Max(_revision, _lastBefore) + 1);
                using var held = new HeldLock(_gate, LockLevel.Commit);
                """),
        ],
        CaughtBy = [Suite.WriteRaces],
    };

    public static readonly BrokenDouble InterfaceIndexUnlocked = new()
    {
        Name = nameof(InterfaceIndexUnlocked),
        Story = "The stripes of the interfaces are not taken: two applications that declare one interface both extend the same mapping, and one of them is lost from it.",
        Edits =
        [
            new(
                Applier,
                """
                for (; entered < stripes.Length; entered++)
                    stripes[entered].EnterOfMany();
                """,
                ""),
        ],
        CaughtBy = [Suite.WriteRaces, Suite.RaceOfWriters],
    };

    public static readonly BrokenDouble ReadsNewerThanPublished = new()
    {
        Name = nameof(ReadsNewerThanPublished),
        Story = "A read of several topics takes what is newer than the revision that it names: a mapping from before a change beside one from after it.",
        Edits =
        [
            new("src/Registry.Core/ServiceRegistry.cs", "if (mapping.Revision > published)\nreturn null;", ""),
            new("src/Registry.Core/ServiceRegistry.cs", "if (application.Revision > published)\nreturn null;", ""),
        ],
        CaughtBy = [Suite.ReadsTogether, Suite.RaceOfReadAndWrites],
    };

    public static readonly BrokenDouble RetireUnconditionally = new()
    {
        Name = nameof(RetireUnconditionally),
        Story = "The retirement of a build does not look since when it is unused: a late timer takes a build away whose retention has begun anew.",
        Edits =
        [
            new(
                "src/Registry.Core/Changes/Commands/RetireBuildCommand.cs",
                "current.FindBuild(buildId) is { Instances: 0 } use && use.UnusedSince == unusedSince",
                "current.FindBuild(buildId) is { Instances: 0 } && unusedSince >= 0"),
        ],
        CaughtBy = [Suite.Builds],
    };

    public static readonly BrokenDouble EntryPerCaller = new()
    {
        Name = nameof(EntryPerCaller),
        Story = "Who adds a name does not look if it is there: two first callers have an entry each, and one writes where nobody reads.",
        Edits =
        [
            new(
                Table,
                "if (_entries.TryGetValue(name, out var entry))",
                "if (_entries.TryGetValue(name, out var entry) && entry.Current.Revision > 0)"),
        ],
        CaughtBy = [Suite.GetOrCreate],
    };
}
