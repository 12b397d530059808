using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Google.Protobuf;
using Registry.LoadTests.Clients;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Lean;
using Registry.LoadTests.Visits;
using Registry.Protocol.V1;
using Registry.TestKit.Guarantees.Recording;

namespace Registry.LoadTests.Watching;

/// <summary>
/// Somebody who is there for good: registered, and watching the interface that it shares with others. Loses its server, and comes back with
/// what it knows.
/// </summary>
internal sealed class Member
{
    private const long LeaseMillis = 600_000;
    private const int RecordOneIn = 16;

    // Doubled from try to try, and each time a random part of it: not all at the same moment.
    private static readonly TimeSpan LeastBackoff = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MostBackoff = TimeSpan.FromSeconds(2);

    private readonly IPEndPoint _server;
    private readonly int _sourceAddresses;
    private readonly string _space;
    private readonly int _number;
    private readonly string[] _expected;
    private readonly Func<string, ChangeLog> _logOf;
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _complete = new(StringComparer.Ordinal);
    private readonly WatchView _view = new();
    private ByteString _lease = ByteString.Empty;
    private Sync? _last;
    private (string Epoch, long Incarnation) _logged;
    private int _attempts;
    private int _unknownLeases;

    /// <param name="server">Where to.</param>
    /// <param name="sourceAddresses">How many loopback addresses take turns as the sender.</param>
    /// <param name="space">The namespace.</param>
    /// <param name="number">Its own number.</param>
    /// <param name="interface">The number of what it serves and watches.</param>
    /// <param name="all">The numbers of all who serve it.</param>
    /// <param name="logOf">Where changes of an epoch go.</param>
    public Member(IPEndPoint server, int sourceAddresses, string space,
        int number, int @interface, IReadOnlyList<int> all, Func<string, ChangeLog> logOf)
    {
        _server = server;
        _sourceAddresses = sourceAddresses;
        _space = space;
        _number = number;
        _expected = [.. all.Select(ApplicationOf)];
        _logOf = logOf;
        Interface = string.Create(CultureInfo.InvariantCulture, $"load.Members{@interface}");
        Application = ApplicationOf(number);
    }

    public string Application { get; }

    public string Interface { get; }

    /// <summary>How often it tried to connect.</summary>
    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>How often its lease was unknown when it came back.</summary>
    public int UnknownLeases => Volatile.Read(ref _unknownLeases);

    /// <summary>What last went wrong, for people: that the server is away is to be expected.</summary>
    public string Problem { get; private set; } = "nothing";

    /// <summary>Something that must not happen, whatever the server's fate; null: nothing.</summary>
    public string? Wrong { get; private set; }

    /// <summary>Completes when it sees everybody in a life of the server.</summary>
    public Task SeesAllAsync(string epoch) => Completion(epoch).Task;

    /// <summary>Lives until it is told to stop.</summary>
    public async Task LiveAsync(CancellationToken cancellationToken)
    {
        var backoff = LeastBackoff;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await BeThereAsync(() => backoff = LeastBackoff, cancellationToken).ConfigureAwait(false);
            }
            catch (LoadException failure)
            {
                Problem = failure.Message;
                if (failure.Kind == FailureKind.WrongAnswer)
                    Wrong ??= failure.Message;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(backoff * (0.5 + (Random.Shared.NextDouble() / 2)), cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            backoff = backoff * 2 < MostBackoff ? backoff * 2 : MostBackoff;
        }
    }

    /// <summary>Takes its lease back.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        await using var client = await LeanClients.ConnectAsync(_server, _sourceAddresses, cancellationToken).ConfigureAwait(false);
        var revoked = await client.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = _lease }, cancellationToken).ConfigureAwait(false);
        if (revoked.RemovedInstances != 1)
            throw new LoadException(FailureKind.WrongAnswer, $"{Application} leaves, and {revoked.RemovedInstances} instances are removed");
    }

    private static string ApplicationOf(int number) => string.Create(CultureInfo.InvariantCulture, $"member-{number}");

    private async Task BeThereAsync(Action connected, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _attempts);
        string epoch;
        await using (var client = await LeanClients.ConnectAsync(_server, _sourceAddresses, cancellationToken).ConfigureAwait(false))
        {
            connected();
            epoch = await RegisterAsync(client, cancellationToken).ConfigureAwait(false);
        }

        await WatchAsync(epoch, cancellationToken).ConfigureAwait(false);
    }

    private async Task<string> RegisterAsync(IRegistryClient client, CancellationToken cancellationToken)
    {
        if (_lease.Length > 0)
        {
            try
            {
                var renewed = await client.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = _lease }, cancellationToken)
                    .ConfigureAwait(false);
                if (renewed.Lost.Count > 0)
                    throw new LoadException(FailureKind.WrongAnswer, $"lost its instance: {renewed.Lost[0].Cause}");
            }
            catch (LoadException unknown) when (unknown.Status == Grpc.Core.StatusCode.NotFound)
            {
                Interlocked.Increment(ref _unknownLeases);
                _lease = ByteString.Empty;
            }
        }

        if (_lease.Length == 0)
            _lease = (await client.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = LeaseMillis }, cancellationToken)
                .ConfigureAwait(false)).LeaseId;
        var request = Requests.RegisterMany(_space, _lease, Application, instances: 1, Interface);
        var answer = await client.RegisterAsync(request, cancellationToken).ConfigureAwait(false);

        // The same again is no change: the first one counts, also if its answer was lost.
        var instance = Requests.Registered(request, answer);
        instance.Revision = instance.Incarnation;
        if (_logged != (answer.Epoch, instance.Incarnation))
            _logOf(answer.Epoch).Add(new Change(instance.Incarnation, _space, Application, [instance], [Interface], instance.BuildId));
        _logged = (answer.Epoch, instance.Incarnation);
        return answer.Epoch;
    }

    private async Task WatchAsync(string epoch, CancellationToken cancellationToken)
    {
        using var connection = await LeanConnection.ConnectAsync(
            _server, SourceAddresses.Next(_server, _sourceAddresses), cancellationToken).ConfigureAwait(false);
        var open = new Open { Client = "load", Subscriptions = { new Subscribe { Id = 1, Namespace = _space, Interface = Interface } } };
        if (_last is { } last)
        {
            open.Token = new ResumeToken { Epoch = last.Epoch, Revision = last.Revision };
            open.Held.Add(new Topic { Namespace = _space, Interface = Interface });
            open.Held.Add(_expected.Select(a => new Topic { Namespace = _space, Application = a }));
        }

        var record = _number % RecordOneIn == 0 ? new WireWatch(_logOf(epoch).Recorder, Application) : null;
        var request = new WatchRequest { Open = open };
        record?.Sent(request);
        var stream = connection.Call(LeanMethod.Watch, request, isLast: false);
        await connection.FlushAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                await connection.ReadAsync(cancellationToken).ConfigureAwait(false);
                while (stream.TryTake(WatchResponse.Parser, out var message))
                {
                    record?.Received(message);
                    Take(message);

                    // It died again in between: what was registered is not there.
                    if (message.KindCase == WatchResponse.KindOneofCase.Sync && message.Sync.Epoch != epoch)
                        throw new LoadException(FailureKind.ConnectionLost, "the server is another one by now");
                }

                stream.ThrowIfFailed();
                if (stream.IsEnded)
                    throw new LoadException(FailureKind.ConnectionLost, "the server ended the watch");
            }
        }
        finally
        {
            record?.Ended("lost");
            _view.Forget();
        }
    }

    private void Take(WatchResponse message)
    {
        // Revisions of two histories can't be compared, and what was held of the old one is told anew.
        if (message.KindCase == WatchResponse.KindOneofCase.Sync && _last is { } last && last.Epoch != message.Sync.Epoch)
            _view.BeginEpoch();
        _view.Take(message);
        if (message.KindCase != WatchResponse.KindOneofCase.Sync)
            return;
        _last = message.Sync;
        if (Array.TrueForAll(_expected, application => _view.Serves(Interface, application, "i0")))
            Completion(message.Sync.Epoch).TrySetResult();
    }

    private TaskCompletionSource Completion(string epoch) =>
        _complete.GetOrAdd(epoch, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
