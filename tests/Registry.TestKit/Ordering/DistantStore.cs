using System.Diagnostics.CodeAnalysis;
using Registry.Core.Changes;
using Registry.Core.Naming;

namespace Registry.TestKit.Ordering;

/// <summary>
/// A store that orders changes: it compares and commits under one lock, numbers what it commits with gaps (others write to it too),
/// and hands it back in order. Thread safe.
/// </summary>
internal sealed class DistantStore(int seed)
{
    private readonly Lock _gate = new();
    private readonly Random _gaps = new(seed);
    private readonly Dictionary<QualifiedName, (long Committed, long Applied, Proposal? Newest)> _versions = [];
    private readonly Queue<Proposal> _underWay = new();
    private long _revision;
    private int _conflicts;

    /// <summary>How many proposals were refused because somebody was faster.</summary>
    public int Conflicts => Volatile.Read(ref _conflicts);

    /// <summary>How many changes are committed and not applied yet.</summary>
    public int UnderWay
    {
        get
        {
            lock (_gate)
                return _underWay.Count;
        }
    }

    /// <summary>Which version of an application has been applied here.</summary>
    public long AppliedVersionOf(QualifiedName application)
    {
        lock (_gate)
            return _versions.GetValueOrDefault(application).Applied;
    }

    /// <summary>The newest change of an application that is not part of a version yet; null: that version is the newest.</summary>
    public Proposal? NewestUnderWay(QualifiedName application, long version)
    {
        lock (_gate)
            return _versions.GetValueOrDefault(application) is var known && known.Committed > version ? known.Newest : null;
    }

    /// <summary>Commits if the application is still at that version. Else: what overtook it, to be waited for.</summary>
    public bool TryCommit(Proposal proposal, long seen, out Proposal? overtaking)
    {
        lock (_gate)
        {
            var known = _versions.GetValueOrDefault(proposal.Application);
            overtaking = known.Newest;
            if (known.Committed != seen)
            {
                _conflicts++;
                return false;
            }

            Commit(proposal);
            return true;
        }
    }

    /// <summary>Commits without a condition.</summary>
    public void CommitAnyway(Proposal proposal)
    {
        lock (_gate)
            Commit(proposal);
    }

    /// <summary>The next change in the store's order.</summary>
    public bool TryTake([NotNullWhen(true)] out Proposal? proposal)
    {
        lock (_gate)
            return _underWay.TryDequeue(out proposal);
    }

    /// <summary>A change that was taken is visible now.</summary>
    public void Applied(Proposal proposal)
    {
        lock (_gate)
        {
            var known = _versions[proposal.Application];
            _versions[proposal.Application] = known with { Applied = known.Applied + 1 };
        }
    }

    private void Commit(Proposal proposal)
    {
        _revision += _gaps.Next(1, 6);
        proposal.Revision = _revision;
        var known = _versions.GetValueOrDefault(proposal.Application);
        _versions[proposal.Application] = (known.Committed + 1, known.Applied, proposal);
        _underWay.Enqueue(proposal);
    }
}

/// <summary>A change on its way through the store.</summary>
internal sealed class Proposal(QualifiedName application, Decision decision, int reserved)
{
    public QualifiedName Application { get; } = application;

    public Decision Decision { get; } = decision;

    /// <summary>Room in the log that was reserved for it.</summary>
    public int Reserved { get; } = reserved;

    /// <summary>The store's; 0 until it is committed.</summary>
    public long Revision { get; set; }

    /// <summary>Completes, with what goes on behind it, when the change has been applied here.</summary>
    public TaskCompletionSource<CommandOutcome> Arrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
