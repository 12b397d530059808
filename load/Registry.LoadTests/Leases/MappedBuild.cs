namespace Registry.LoadTests.Leases;

/// <summary>The build that an application has declared, and the mappings that name the application for it.</summary>
/// <param name="topic">The topic of the application.</param>
/// <param name="application">The application.</param>
/// <param name="begins">The revision of the declaration.</param>
/// <param name="mappings">The topics of the interfaces that it serves.</param>
internal sealed class MappedBuild(string topic, string application, long begins, IReadOnlyCollection<string> mappings)
{
    private (long Revision, long At)? _told;

    public string Topic => topic;

    public string Application => application;

    public long Begins => begins;

    public IReadOnlyCollection<string> Mappings => mappings;

    /// <summary>The instances of the application.</summary>
    public List<LeasedInstance> Instances { get; } = [];

    /// <summary>The first revision by which it was gone; null: nobody saw that, or it can't be.</summary>
    public long? Gone => _told is { } told && Instances.TrueForAll(i => IsGone(i, told.Revision)) ? told.Revision : null;

    /// <summary>When that was seen first.</summary>
    public long GoneAt => _told!.Value.At;

    /// <summary>Nobody has run it since then at the earliest: the last instance was asked to go, or its lease had run out.</summary>
    public long IdleFrom => Instances.Max(i => i.Removed?.Asked ?? i.Lease.Deadline);

    /// <summary>A watcher was told that a mapping does not name the application any more.</summary>
    public void TellGone(long revision, long at)
    {
        _told = _told is { } before ? (Math.Min(before.Revision, revision), Math.Min(before.At, at)) : (revision, at);

        // Who was told nothing else of its instances was told this.
        foreach (var instance in Instances)
            instance.TellGone(revision, at);
    }

    private static bool IsGone(LeasedInstance instance, long revision) =>
        (instance.Removed?.Revision ?? instance.Gone?.Revision) is { } gone && gone <= revision;
}
