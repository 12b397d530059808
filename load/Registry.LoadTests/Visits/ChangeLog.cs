using System.Collections.Concurrent;
using System.Globalization;
using Registry.TestKit.Guarantees;
using Registry.TestKit.Guarantees.Recording;

namespace Registry.LoadTests.Visits;

/// <summary>Every change that a server acknowledged to this run, and what its watchers were told of them. Thread safe.</summary>
internal sealed class ChangeLog
{
    private readonly ConcurrentQueue<Change> _changes = new();
    private int _unknown;

    /// <summary>Who is recorded message by message is recorded here.</summary>
    public WatchRecorder Recorder { get; } = new(TimeProvider.System);

    /// <summary>Changes of which it is not known whether they were made.</summary>
    public int Unknown => Volatile.Read(ref _unknown);

    /// <summary>Every change that was acknowledged, in no order.</summary>
    public IReadOnlyCollection<Change> Changes => _changes;

    public void Add(Change change) => _changes.Enqueue(change);

    /// <summary>A change was asked for, and no answer came.</summary>
    public void Lose() => Interlocked.Increment(ref _unknown);

    /// <summary>Asks for a change; counts it as unknown if no answer comes.</summary>
    public async ValueTask<T> AskAsync<T>(ValueTask<T> asked)
    {
        try
        {
            return await asked.ConfigureAwait(false);
        }
        catch
        {
            Lose();
            throw;
        }
    }

    /// <summary>Holds what was recorded against what was acknowledged.</summary>
    /// <param name="epoch">The server's.</param>
    /// <param name="isQuiet">Nothing changes any more, and everybody had the time to read all.</param>
    /// <returns>Broken promises, and how many watches were checked: none, if an outcome is unknown.</returns>
    public (IReadOnlyList<string> Broken, int Watches) Check(string epoch, bool isQuiet)
    {
        if (Unknown > 0)
            return ([], 0);
        if (_changes.GroupBy(c => c.Revision).FirstOrDefault(g => g.Count() > 1) is { } twice)
            return ([string.Create(CultureInfo.InvariantCulture, $"Revision {twice.Key} was acknowledged for {twice.Count()} changes.")],
                0);
        var recording = Recorder.Finish(Committed.Of(epoch, _changes), isQuiet);
        return (WatchGuarantees.Check(recording), recording.Streams.Count);
    }
}
