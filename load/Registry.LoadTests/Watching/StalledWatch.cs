using System.Net;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Lean;
using Registry.LoadTests.Visits;
using Registry.Protocol.V1;
using Registry.TestKit.Guarantees.Recording;

namespace Registry.LoadTests.Watching;

/// <summary>A stream that is opened and not read, until it is asked what had come before the server cut it off.</summary>
internal sealed class StalledWatch : IDisposable
{
    // Room for a first state and a Sync to resume from, and not for much more: whatever fits into it counts as read.
    private const int Window = 64 * 1024;

    private readonly LeanConnection _connection;
    private readonly LeanStream _stream;
    private readonly WireWatch _record;
    private readonly List<string> _held = [];

    private StalledWatch(LeanConnection connection, LeanStream stream, WireWatch record)
    {
        _connection = connection;
        _stream = stream;
        _record = record;
    }

    /// <summary>It has a token: what it opens next goes on from there.</summary>
    public bool IsResumable { get; private set; }

    /// <summary>What it knew at the end.</summary>
    public WatchView View { get; } = new();

    public static async Task<StalledWatch> OpenAsync(IPEndPoint server,
        int sourceAddresses, Open open, WireWatch record, CancellationToken cancellationToken)
    {
        var connection = await LeanConnection.ConnectAsync(server, SourceAddresses.Next(server, sourceAddresses), cancellationToken, Window)
            .ConfigureAwait(false);
        var request = new WatchRequest { Open = open };
        record.Sent(request);
        var stream = connection.Call(LeanMethod.Watch, request, isLast: false);
        await connection.FlushAsync(cancellationToken).ConfigureAwait(false);
        return new StalledWatch(connection, stream, record);
    }

    /// <summary>Reads what there is, up to the cut; makes of an opening message one that goes on from there.</summary>
    /// <exception cref="LoadException">The stream was not cut off as one that is not read.</exception>
    public async Task ReadToEndAsync(Open open, CancellationToken cancellationToken)
    {
        Sync? last = null;
        var batch = new List<string>();
        while (true)
        {
            while (_stream.TryTake(WatchResponse.Parser, out var message))
            {
                _record.Received(message);
                View.Take(message);
                if (message.KindCase == WatchResponse.KindOneofCase.Application)
                    batch.Add(message.Application.Application);
                if (message.KindCase != WatchResponse.KindOneofCase.Sync)
                    continue;
                last = message.Sync;
                _held.AddRange(batch);
                batch.Clear();
            }

            if (_stream.IsEnded)
                break;
            await _connection.ReadAsync(cancellationToken).ConfigureAwait(false);
        }

        _record.Ended("cut off");
        if (_stream.Status is not null)
            throw new LoadException(FailureKind.WrongAnswer, $"a stream that is not read was ended and not reset: {_stream}");
        View.Forget();

        // A token counts once all subscriptions are acknowledged; a first answer in parts that was cut short is asked for anew.
        if (last is null || _held.Distinct().Count() < open.Subscriptions.Count)
        {
            View.Clear();
            return;
        }

        IsResumable = true;
        open.Token = new ResumeToken { Epoch = last.Epoch, Revision = last.Revision };
        open.Held.Add(open.Subscriptions.Select(s => new Topic { Namespace = s.Namespace, Application = s.Application }));
    }

    public void Dispose() => _connection.Dispose();
}
