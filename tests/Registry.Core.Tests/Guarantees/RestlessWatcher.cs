using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.TestKit.Guarantees.Recording;
using Registry.TestKit.Watching;

namespace Registry.Core.Tests.Guarantees;

/// <summary>A watcher with habits, recorded.</summary>
internal sealed class RestlessWatcher(string name, WatchRecorder recorder, ServiceRegistry registry, Topic[] topics, int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<RecordedWatch> _watches = [];
    private readonly List<ulong> _open = [];

    /// <summary>False: it stops reading now and then, and goes on later.</summary>
    public required bool ReadsAlways { get; init; }

    /// <summary>It breaks off now and then, and resumes.</summary>
    public required bool Resumes { get; init; }

    /// <summary>It subscribes, unsubscribes and asks for snapshots.</summary>
    public required bool Churns { get; init; }

    public RecordingSink Sink => _watches[^1].Sink;

    public IEnumerable<string> Violations => _watches.SelectMany(w => w.Sink.Violations);

    public async Task RunAsync(Func<bool> goOn)
    {
        Begin(null);
        var isPaused = false;
        while (goOn())
        {
            switch (_random.Next(8))
            {
                case 0 when !ReadsAlways && !isPaused:
                    _watches[^1].Pause();
                    isPaused = true;
                    break;
                case 1 when isPaused:
                    _watches[^1].Read();
                    isPaused = false;
                    break;
                case 2 when Resumes && _random.Next(12) == 0:
                    var token = _watches[^1].Token;
                    await CloseAsync();
                    isPaused = false;
                    Begin(token);
                    break;
                case 3 when Churns:
                    _open.Add(await _watches[^1].SubscribeAsync(topics[_random.Next(topics.Length)]));
                    break;
                case 4 when Churns && _open.Count > 0:
                    var index = _random.Next(_open.Count);
                    await _watches[^1].UnsubscribeAsync(_open[index]);
                    _open.RemoveAt(index);
                    break;
                case 5 when Churns && _random.Next(4) == 0:
                    await _watches[^1].RequestSnapshotAsync(topics[_random.Next(topics.Length)]);
                    break;
            }

            Thread.Yield();
        }

        _watches[^1].Read();
    }

    public Task CloseAsync() => _watches[^1].CloseAsync("left");

    private void Begin(WatchOpening? token)
    {
        var watch = new RecordedWatch(recorder, registry, name);
        Topic[] wanted = [.. topics.Where(_ => !Resumes || _random.Next(4) > 0)];
        _open.Clear();
        _open.AddRange(Enumerable.Range(1, wanted.Length).Select(i => (ulong)i));
        _watches.Add(watch);
        watch.Open(token, wanted);
    }
}
