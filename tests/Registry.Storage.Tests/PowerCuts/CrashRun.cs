using Registry.Core.Restoring;
using Registry.Storage.Format;
using Registry.Storage.Records;
using Registry.Storage.Recovery;
using Registry.Storage.Tests.Simulation;
using Registry.TestKit.Time;

namespace Registry.Storage.Tests.PowerCuts;

/// <summary>
/// Some lives of a log on one disk. After each thing that is done to the disk the power is cut, several times, each time with another
/// outcome, and what a recovery makes of it is audited: every change that was acknowledged is there, as it was; none is there by half; what
/// is there is all from the beginning with no hole; revisions and epochs do not fall. Each life ends in another way, and the next goes on
/// from there.
/// </summary>
internal sealed class CrashRun
{
    private const int Lives = 4;
    private const int ImagesPerPoint = 3;

    private readonly Random _random;
    private readonly List<(long Revision, ChangeRecord Content)> _appended = [];
    private readonly List<string> _epochs = [];
    private SimulatedDisk _disk;
    private long _acknowledged;
    private long _highestSeen;

    private CrashRun(int seed, SimulatedDisk disk)
    {
        _random = new Random(seed);
        _disk = disk;
    }

    public int Points { get; private set; }

    public int Images { get; private set; }

    public int Torn { get; private set; }

    public int Acknowledged { get; private set; }

    /// <summary>What did not hold. The first ones only: after them the rest follows.</summary>
    public List<string> Violations { get; } = [];

    public static CrashRun Of(int seed, SimulatedDisk? disk = null)
    {
        var run = new CrashRun(seed, disk ?? new SimulatedDisk());
        for (var life = 0; life < Lives && run.Violations.Count == 0; life++)
            run.Live(life);
        return run;
    }

    private void Live(int life)
    {
        _disk.Operated = what => Cut($"life {life}, {what}");
        var options = new LogOptions { SegmentBytes = _random.Next(100, 4_000), BatchBytes = _random.Next(1, 3_000) };
        var found = new List<(long, ChangeRecord)>();
        DiskChangeLog log;
        try
        {
            log = DiskChangeLog.Open(
                _disk.Mount(), options, new DrivenClock(), Into(found), ownThread: false);
        }
        catch (UnusableStorageException refused)
        {
            Violations.Add($"life {life} does not begin: {refused.Message}");
            return;
        }

        // What was found is shown from now on: it counts as acknowledged.
        Check($"life {life} begins", found, log.History.Ancestors);
        Adopt(found, log.History);
        if (log.History.FirstRevision <= _highestSeen)
            Violations.Add($"life {life} goes on with revision {log.History.FirstRevision}, and {_highestSeen} was seen");

        var revision = log.History.FirstRevision;
        for (var step = _random.Next(1, 25); step > 0 && Violations.Count == 0; step--)
            revision = Step(log, revision);
        Acknowledged += _appended.Count(appended => appended.Revision <= _acknowledged);
        End(log);
    }

    private long Step(DiskChangeLog log, long revision)
    {
        for (var count = _random.Next(1, 6); count > 0; count--)
        {
            if (log.TryReserve(100) is not null)
                break;
            var change = Changes.Any(_random, revision);
            _appended.Add((revision, ChangeCodec.ToRecord(change)));
            log.Append(revision, change, 100);
            _highestSeen = revision++;
        }

        // Now and then the disk is full, for a part of what is to be written, and has room again later.
        _disk.Room = _random.Next(6) == 0 ? _random.Next(2_000) : -1;
        if (_random.Next(5) > 0)
            log.RunOnce();
        _disk.Room = -1;
        _acknowledged = log.DurableRevision;
        Cut("after an answer");
        return revision;
    }

    private void End(DiskChangeLog log)
    {
        switch (_random.Next(3))
        {
            case 0:
                log.Dispose();
                _acknowledged = log.DurableRevision;
                break;
            case 1:
                _disk = _disk.Copy();
                break;
            default:
                _disk.Operated = null;
                _disk = _disk.CutPower(_random);
                break;
        }
    }

    private void Cut(string when)
    {
        Points++;
        for (var i = 0; i < ImagesPerPoint && Violations.Count == 0; i++)
        {
            Images++;
            var image = _disk.CutPower(_random);
            var found = new List<(long, ChangeRecord)>();
            try
            {
                var recovered = LogRecovery.Run(image.Mount(), Into(found));
                Torn += recovered.TornBytes > 0 ? 1 : 0;
                Check(when, found, [.. recovered.Epochs.Select(logged => new Ancestor(logged.Epoch, logged.LastRevision))]);
            }
            catch (UnusableStorageException refused)
            {
                Violations.Add($"{when}: the log is refused: {refused.Message}");
            }
        }
    }

    private static RecordingReplay Into(List<(long, ChangeRecord)> found) => new((revision, change) => found.Add((revision, ChangeCodec.ToRecord(change))));

    private void Check(string when, List<(long Revision, ChangeRecord Content)> found, IReadOnlyList<Ancestor> epochs)
    {
        if (!found.SequenceEqual(_appended.Take(found.Count)))
            Violations.Add($"{when}: {found.Count} changes were found, and they are not the first {found.Count} that were appended");
        var last = found.Count > 0 ? found[^1].Revision : 0;
        if (last < _acknowledged)
            Violations.Add($"{when}: revision {_acknowledged} was acknowledged, and the log ends at {last}");
        if (!epochs.Take(_epochs.Count).Select(epoch => epoch.Epoch).SequenceEqual(_epochs))
            Violations.Add($"{when}: the epochs {string.Join(", ", _epochs)} were begun, and {string.Join(", ", epochs.Select(e => e.Epoch))} were found");
        for (var i = 1; i < epochs.Count; i++)
        {
            if (epochs[i].LastRevision < epochs[i - 1].LastRevision)
                Violations.Add($"{when}: epoch {epochs[i].Epoch} ends at {epochs[i].LastRevision}, and its parent at {epochs[i - 1].LastRevision}");
        }
    }

    private void Adopt(List<(long Revision, ChangeRecord Content)> found, RegistryHistory history)
    {
        if (found.Count < _appended.Count)
            _appended.RemoveRange(found.Count, _appended.Count - found.Count);
        _epochs.Clear();
        _epochs.AddRange(history.Ancestors.Select(ancestor => ancestor.Epoch));
        _epochs.Add(history.Epoch);
        _acknowledged = history.LastRevision;
    }
}
