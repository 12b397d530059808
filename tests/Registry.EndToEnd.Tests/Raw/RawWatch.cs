using System.Buffers.Binary;
using Google.Protobuf;
using Registry.Protocol.V1;
using Registry.TestKit;
using Registry.TestKit.Guarantees.Recording;

namespace Registry.EndToEnd.Tests.Raw;

/// <summary>
/// A watch on a raw connection: every message as it came over the wire, in order. It costs a stream and its bytes, so that a test can
/// have many hundreds of them. Takes what has come when it is asked; not thread safe.
/// </summary>
internal sealed class RawWatch
{
    public const string Method = "/registry.v1.Discovery/Watch";

    private readonly WireWatch? _recorded;
    private readonly List<WatchResponse> _messages = [];
    private int _taken;

    private RawWatch(RawConnection connection, RawStream call, WireWatch? recorded)
    {
        Connection = connection;
        Call = call;
        _recorded = recorded;
    }

    public RawConnection Connection { get; }

    public RawStream Call { get; }

    /// <summary>What was taken so far.</summary>
    public IReadOnlyList<WatchResponse> Messages => _messages;

    /// <summary>The last Sync that was taken; null: none.</summary>
    public Sync? Sync { get; private set; }

    public int Syncs { get; private set; }

    public long Revision => Sync?.Revision ?? -1;

    /// <summary>What a stream that goes on from here opens with.</summary>
    public ResumeToken Token => new() { Epoch = Sync!.Epoch, Revision = Sync.Revision };

    /// <summary>Snapshots that were taken, the parts of one counted once.</summary>
    public int Snapshots => Told(TopicMessageKind.Snapshot).Count();

    /// <summary>The revisions that deltas of an application lead to, in order.</summary>
    public IEnumerable<long> DeltasOf(string application) => _messages
        .Where(m => m.KindCase == WatchResponse.KindOneofCase.Application && m.Application.Application == application)
        .Select(m => m.Application)
        .Where(a => a.Kind == TopicMessageKind.Delta && !a.Continued)
        .Select(a => a.To);

    public static async Task<RawWatch> OpenAsync(RawConnection connection, Open open, WireWatch? recorded = null)
    {
        var request = new WatchRequest { Open = open };
        recorded?.Sent(request);
        var call = await connection.CallAsync(Method);
        await call.SendDataAsync(RawConnection.Message(request.ToByteArray()));
        return new RawWatch(connection, call, recorded);
    }

    /// <summary>Takes the messages that have come whole; returns the revision of the last Sync.</summary>
    public long Take()
    {
        if (Call.BodyLength == _taken)
            return Revision;
        var body = Call.BodyFrom(_taken).AsSpan();
        while (body.Length >= 5 && BinaryPrimitives.ReadInt32BigEndian(body[1..]) is var length && body.Length >= 5 + length)
        {
            var message = WatchResponse.Parser.ParseFrom(body.Slice(5, length));
            _recorded?.Received(message);
            _messages.Add(message);
            if (message.KindCase == WatchResponse.KindOneofCase.Sync)
            {
                Sync = message.Sync;
                Syncs++;
            }

            _taken += 5 + length;
            body = body[(5 + length)..];
        }

        return Revision;
    }

    /// <summary>From here on nothing of this watch is taken.</summary>
    public void Leaves(string how)
    {
        Take();
        _recorded?.Ended(how);
    }

    /// <summary>Waits until a Sync has come at a revision or a later one.</summary>
    public Task ReachesAsync(long revision, string phase) => AllReachAsync([this], revision, phase);

    /// <summary>Waits until all of some watches have had a Sync at a revision or a later one.</summary>
    public static Task AllReachAsync(IReadOnlyCollection<RawWatch> watches, long revision, string phase) => Within.BecomesAsync(
        $"{phase}, {watches.Count} watches, Sync {revision}",
        (watches.Count, ""),
        () => (watches.Count(w => w.Take() >= revision), $"{watches.FirstOrDefault(w => w.Call.Ended.IsCompleted)?.Call}"));

    private IEnumerable<WatchResponse> Told(TopicMessageKind kind) => _messages.Where(m => m.KindCase switch
    {
        WatchResponse.KindOneofCase.Application => m.Application.Kind == kind && !m.Application.Continued,
        WatchResponse.KindOneofCase.Interface => m.Interface.Kind == kind && !m.Interface.Continued,
        _ => false,
    });
}
