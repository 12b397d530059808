using System.Collections.Immutable;
using Google.Protobuf;
using Registry.Crash.Tests.Writing;
using Registry.EndToEnd.Tests.Watching;
using Registry.Protocol.V1;

namespace Registry.Crash.Tests.Auditing;

/// <summary>The audit of a life over the wire, before anybody writes in it: a resolve, and a watch that goes on where it was cut off.</summary>
internal sealed class LifeAudit(IReadOnlyList<CrashWriter> writers, CrashLedger ledger)
{
    private readonly HashSet<string> _epochs = [];
    private readonly Topic[] _topics =
    [
        .. WriterNames.AllInterfaces(writers.Count).Select(name => Follower.Interface(name)),
        .. WriterNames.AllApplications.Select(name => Follower.Application(name)),
    ];

    private Follower? _watch;

    /// <summary>How many writes that were in doubt were kept.</summary>
    public int Kept { get; private set; }

    /// <summary>Throws the call's own exception if the server dies meanwhile; then nothing is concluded that the next life could not repeat.</summary>
    public async Task RunAsync(Discovery.DiscoveryClient client)
    {
        var request = new ResolveRequest { Interfaces = { WriterNames.AllInterfaces(writers.Count) }, Applications = { WriterNames.AllApplications } };
        var answer = await client.ResolveAsync(request);
        if (answer.Sync.Revision < ledger.HighestAcknowledged)
            ledger.Violated($"revision {ledger.HighestAcknowledged} was acknowledged, and a life begins at {answer.Sync.Revision}");
        if (!_epochs.Add(answer.Sync.Epoch))
            ledger.Violated($"epoch {answer.Sync.Epoch} was an earlier life's");
        Kept += CrashAudit.Check(FoundState.Of(answer.Applications, answer.Interfaces), writers, ledger.Violated);
        await GoOnWatchingAsync(client, answer);
    }

    /// <summary>The server is dead: what the watch was shown counts as seen.</summary>
    public async Task EndLifeAsync()
    {
        if (_watch is null)
            return;
        await _watch.DisposeAsync();
        ledger.Seen(_watch.Revision);
        if (await _watch.Ended is BrokenPromiseException broken)
            ledger.Violated($"the watch: {broken.Message}");
    }

    private async Task GoOnWatchingAsync(Discovery.DiscoveryClient client, ResolveResponse answer)
    {
        var expected = Contents(answer);
        var isAudited = false;
        void Look(ImmutableDictionary<Topic, Follower.TopicState> held)
        {
            // Between the first Sync and the last of the audit nobody writes: whoever is missing was taken away falsely.
            if (Volatile.Read(ref isAudited))
                return;
            foreach (var (topic, state) in held)
            {
                if (topic.KindCase != Topic.KindOneofCase.Application || !expected.TryGetValue(topic, out var should))
                    continue;
                foreach (var id in should.Keys.Where(id => !state.Items.ContainsKey(id)))
                    ledger.Violated($"the watch goes on without {topic.Application} {id}, which is there");
            }
        }

        var watch = _watch is { Token: not null } before
            ? Follower.OpenNextLife(client, before, Look, _topics)
            : Follower.Open(client, _topics);
        try
        {
            await watch.UntilAsync("watch of the next life", "all topics", w => w.Subscribed.Count == _topics.Length);
            foreach (var (topic, items) in expected)
            {
                if (!watch.Held.TryGetValue(topic, out var state) || !Same(items, state.Items))
                    ledger.Violated($"the watch holds of {topic} {(state is null ? "nothing" : string.Join("; ", state.Items.Values))}, and resolve answers {string.Join("; ", items.Values)}");
            }
        }
        catch
        {
            // The server died before the watch was whole: the next life goes on from the last one that was.
            await watch.DisposeAsync();
            if (await watch.Ended is BrokenPromiseException broken)
                ledger.Violated($"the watch: {broken.Message}");
            throw;
        }

        Volatile.Write(ref isAudited, true);
        _watch = watch;
    }

    private static Dictionary<Topic, Dictionary<string, IMessage>> Contents(ResolveResponse answer)
    {
        var contents = new Dictionary<Topic, Dictionary<string, IMessage>>();
        foreach (var parts in answer.Interfaces.GroupBy(part => Follower.Interface(part.Interface)))
            contents[parts.Key] = parts.SelectMany(part => part.Applications).ToDictionary(item => item.Application, item => (IMessage)item);
        foreach (var parts in answer.Applications.GroupBy(part => Follower.Application(part.Application)))
            contents[parts.Key] = parts.SelectMany(part => part.Instances).ToDictionary(item => item.Id, item => (IMessage)item);
        return contents;
    }

    private static bool Same(Dictionary<string, IMessage> expected, ImmutableSortedDictionary<string, IMessage> held) =>
        held.Count == expected.Count && expected.All(item => held.TryGetValue(item.Key, out var other) && other.Equals(item.Value));
}
