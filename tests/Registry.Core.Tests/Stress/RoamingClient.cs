using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.TestKit.Changes;
using Registry.TestKit.Watching;

namespace Registry.Core.Tests.Stress;

/// <summary>
/// A client that subscribes, leaves, reads slowly, breaks off and resumes, while everything is recorded. Afterwards the recording is
/// gone through once more, beside the history: at every Sync the client must hold exactly what stood at that revision.
/// </summary>
internal sealed class RoamingClient(ServiceRegistry registry, Topic[] topics, int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<Session> _sessions = [];
    private readonly Dictionary<ulong, Topic> _open = [];
    private ulong _lastId;

    public RecordingSink Sink => _sessions[^1].Sink;

    public async Task RoamAsync(Func<bool> goOn)
    {
        Begin(new ClientView(), new WatchOpening());
        while (goOn())
        {
            switch (_random.Next(10))
            {
                case < 3:
                    await SubscribeAsync();
                    break;
                case < 5:
                    await UnsubscribeAsync();
                    break;
                case 5:
                    await PostAsync(Sink.Stream.RequestSnapshotAsync(topics[_random.Next(topics.Length)], CancellationToken.None));
                    break;
                case 6:
                    Sink.IsGated = _random.Next(2) == 0;
                    break;
                case 7 when _random.Next(8) == 0:
                    await BreakOffAndResumeAsync();
                    break;
                case 8:
                    await PostAsync(Sink.Stream.DescribeAsync(topics.Length, CancellationToken.None));
                    break;
                default:
                    Sink.Release();
                    break;
            }

            Thread.Yield();
        }

        Sink.IsGated = false;
        Sink.Release();
    }

    /// <summary>Promises that were broken, found by going through everything again with the history beside it.</summary>
    public IReadOnlyList<string> Validate(HistoryLog log)
    {
        var violations = new List<string>();
        var view = new ClientView();
        foreach (var session in _sessions)
        {
            violations.AddRange(session.Sink.Violations);
            if (session.Sink.Abortion is { } abortion)
                violations.Add($"given up: {abortion}");
            var model = new HistoryModel(registry.Options.UnmappedInterfaces);
            var next = 0;
            view = view.Resume();
            foreach (var (id, topic) in session.Asked)
                view.Ask(id, topic);
            foreach (var batch in session.Sink.Batches)
            {
                for (; next < log.Changes.Count && log.Changes[next].Revision <= batch.Revision; next++)
                    model.Apply(log.Changes[next].Revision, log.Changes[next].Change);
                view.Apply(batch);
                violations.AddRange(model.DifferencesOf(view));
            }

            violations.AddRange(view.Violations);
        }

        violations.AddRange(view.DifferencesFrom(registry));
        return violations;
    }

    public async Task CloseAsync()
    {
        await Sink.Stream.CloseAsync();
        Sink.MarkClosed();
    }

    private async Task SubscribeAsync()
    {
        var topic = topics[_random.Next(topics.Length)];
        _sessions[^1].Asked[++_lastId] = topic;
        _sessions[^1].View.Ask(_lastId, topic);
        _open[_lastId] = topic;
        await PostAsync(Sink.Stream.SubscribeAsync(_lastId, topic, CancellationToken.None));
    }

    private async Task UnsubscribeAsync()
    {
        if (_open.Count == 0)
            return;
        var id = _open.Keys.ElementAt(_random.Next(_open.Count));
        _open.Remove(id);
        await PostAsync(Sink.Stream.UnsubscribeAsync(id, CancellationToken.None));
    }

    // A client that reads nothing waits for room in the end. This one reads on while it waits.
    private async Task PostAsync(Task posted)
    {
        while (!posted.IsCompleted)
        {
            Sink.Release();
            Thread.Yield();
        }

        await posted;
    }

    private async Task BreakOffAndResumeAsync()
    {
        await CloseAsync();
        var seen = _sessions[^1].View;
        _open.Clear();
        if (seen.Sync < 0)
        {
            Begin(seen, new WatchOpening());
            return;
        }

        Begin(seen.Resume(), new WatchOpening
        {
            Epoch = registry.Epoch,
            Revision = seen.Sync,
            Held = [.. seen.Held],
            Subscriptions = [.. topics.Where(_ => _random.Next(3) > 0).Select((topic, i) => ((ulong)i + 1, topic))],
        });
    }

    private void Begin(ClientView view, WatchOpening opening)
    {
        var session = new Session(new RecordingSink { OnBatch = view.Apply }, view, []);
        foreach (var (id, topic) in opening.Subscriptions)
        {
            view.Ask(id, topic);
            session.Asked[id] = topic;
            _open[id] = topic;
        }

        _lastId = (ulong)opening.Subscriptions.Count;
        _sessions.Add(session);
        session.Sink.Open(registry, opening);
    }

    private sealed record Session(RecordingSink Sink, ClientView View, Dictionary<ulong, Topic> Asked);
}
