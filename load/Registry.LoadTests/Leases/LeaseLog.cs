using System.Collections.Concurrent;
using System.Globalization;
using Registry.LoadTests.Visits;
using Registry.Protocol.V1;
using Registry.TestKit.Guarantees;
using Registry.TestKit.Guarantees.Recording;

namespace Registry.LoadTests.Leases;

/// <summary>
/// Every change that a server acknowledged, where it makes changes of its own as well, which it acknowledges to nobody: instances go when
/// their lease has run out, and are suspect before; builds that nobody runs leave their mappings. Those are looked for in what watchers
/// were told, and must be such as the server may make; with them the history is whole, and all else is held against it as strictly as
/// ever. Thread safe.
/// </summary>
/// <remarks>An instance's id is used once, and an application's build is declared once for as long as it is mapped.</remarks>
internal sealed class LeaseLog(TimeProvider clock)
{
    private readonly ConcurrentQueue<LeasedChange> _changes = new();
    private int _unknown;

    /// <summary>Who is recorded message by message is recorded here.</summary>
    public WatchRecorder Recorder { get; } = new(clock);

    /// <summary>The time in which changes and leases are told: to be taken before something is asked for.</summary>
    public long Now => Recorder.Now;

    /// <summary>A lease was granted.</summary>
    public KnownLease Granted(long asked, GrantLeaseResponse answer) => new(asked, Now, answer.TtlMillis);

    /// <summary>Instances were registered on a lease.</summary>
    public void Registered(long asked, KnownLease lease, RegisterRequest request, RegisterResponse answer) =>
        _changes.Enqueue(new LeasedChange(answer.Revision, asked, request.Namespace, request.Application)
        {
            Lease = lease,
            Upserts = Requests.AllRegistered(request, answer).ToDictionary(i => i.Id, ItemContent.Of),
            Build = answer.Instances[0].BuildId,
            Interfaces = [.. request.Builds[0].Interfaces],
        });

    /// <summary>An instance was changed.</summary>
    public void Updated(long asked, string space, string application, Instance after) =>
        _changes.Enqueue(new LeasedChange(after.Revision, asked, space, application)
        {
            Upserts = new Dictionary<string, string> { [after.Id] = ItemContent.Of(after) },
        });

    /// <summary>Instances were removed.</summary>
    public void Removed(long asked, long revision, string space, string application, params IReadOnlyCollection<string> instances) =>
        _changes.Enqueue(new LeasedChange(revision, asked, space, application) { Removals = instances });

    /// <summary>Something was asked for, and no answer came.</summary>
    public void Lose() => Interlocked.Increment(ref _unknown);

    /// <summary>Holds what was recorded against what was acknowledged. At rest.</summary>
    /// <param name="epoch">The server's.</param>
    /// <param name="terms">When the server does something by itself.</param>
    /// <returns>Broken promises, and how many watches were checked: none, if an outcome is unknown.</returns>
    public (IReadOnlyList<string> Broken, int Watches) Check(string epoch, LeaseTerms terms)
    {
        if (Volatile.Read(ref _unknown) > 0)
            return ([], 0);
        if (_changes.GroupBy(c => c.Revision).FirstOrDefault(g => g.Count() > 1) is { } twice)
            return ([string.Create(CultureInfo.InvariantCulture, $"Revision {twice.Key} was acknowledged for {twice.Count()} changes.")], 0);
        var seen = Recorder.Finish(new CommittedHistory(epoch), isQuiet: false);
        var silent = SilentChanges.Find(_changes, seen, terms);
        var recording = seen with { History = LeaseHistory.Of(epoch, _changes, silent) };
        return ([.. silent.Broken, .. WatchGuarantees.Check(recording)], recording.Streams.Count);
    }
}
