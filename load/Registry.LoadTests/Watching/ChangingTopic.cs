using System.Globalization;
using Google.Protobuf;
using Registry.LoadTests.Clients;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Visits;
using Registry.Protocol.V1;

namespace Registry.LoadTests.Watching;

/// <summary>
/// An application with one instance that is changed again and again, one change at a time; each carries its number in the instance's
/// metadata. One writer at a time; watchers on any thread.
/// </summary>
/// <param name="space">The namespace.</param>
/// <param name="application">The application's name.</param>
/// <param name="watchers">How many watch it.</param>
/// <param name="log">Where changes go.</param>
/// <param name="padding">How many bytes each change carries beside its number.</param>
internal sealed class ChangingTopic(string space, string application, int watchers, ChangeLog log, int padding = 0)
{
    private const string InstanceId = "i";
    private const string NumberKey = "change";
    private const string PaddingKey = "padding";

    private readonly List<long> _revisions = [];
    private Instance _instance = new();
    private volatile Round? _round;

    /// <summary>The revision of each change, by its number less one. At rest.</summary>
    public IReadOnlyList<long> Revisions => _revisions;

    /// <summary>What a stream that follows the topic opens with.</summary>
    public Subscribe Subscription(ulong id) => new() { Id = id, Namespace = space, Application = application };

    /// <summary>The number of the last change that a view has, and its revision; 0: of none.</summary>
    public (int Number, long Revision) Read(WatchView view) =>
        view.Find(application, InstanceId) is { } told && told.Metadata.TryGetValue(NumberKey, out var number)
            ? (int.Parse(number, CultureInfo.InvariantCulture), told.Revision)
            : (0, 0);

    /// <summary>Puts it there.</summary>
    public async Task RegisterAsync(IRegistryClient client, ByteString lease, CancellationToken cancellationToken)
    {
        var request = Requests.Register(lease, application, InstanceId, $"load.{application}");
        request.Namespace = space;
        var answer = await log.AskAsync(client.RegisterAsync(request, cancellationToken)).ConfigureAwait(false);
        _instance = Requests.Registered(request, answer);
        log.Add(new Change(answer.Revision, space, application, [_instance], request.Builds[0].Interfaces, _instance.BuildId));
    }

    /// <summary>Makes the next change, and waits until everybody has it.</summary>
    /// <returns>When it was acknowledged, and when everybody had it.</returns>
    public async Task<(long Acknowledged, Round Round)> ChangeAsync(IRegistryClient client, CancellationToken cancellationToken)
    {
        var round = new Round(_revisions.Count + 1, watchers);
        _round = round;
        var number = round.Number.ToString(CultureInfo.InvariantCulture);
        var patch = new InstancePatch { Id = InstanceId, SetMetadata = { [NumberKey] = number } };
        if (padding > 0)
            patch.SetMetadata[PaddingKey] = number.PadLeft(padding, '.');
        var request = new UpdateRequest { Namespace = space, Application = application, Instances = { patch } };
        var answer = await log.AskAsync(client.UpdateAsync(request, cancellationToken)).ConfigureAwait(false);
        var acknowledged = TimeProvider.System.GetTimestamp();

        _instance = _instance.Clone();
        _instance.Metadata.MergeFrom(patch.SetMetadata);
        _instance.Revision = answer.Revision;
        _revisions.Add(answer.Revision);
        log.Add(new Change(answer.Revision, space, application, [_instance], null, null));
        try
        {
            await round.Done.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new LoadException(FailureKind.TimedOut, $"{round.Arrived} of {watchers} watchers got a change in time");
        }

        return (acknowledged, round);
    }

    /// <summary>A watcher has a change, and with it all before.</summary>
    public void Seen(int number)
    {
        if (_round is { } round && round.Number <= number)
            round.Arrive();
    }

    /// <summary>Everything is taken away again, the build with it.</summary>
    public async Task LeaveAsync(IRegistryClient client, CancellationToken cancellationToken)
    {
        var gone = await log.AskAsync(client.DeregisterAsync(
            new DeregisterRequest
            {
                Namespace = space,
                Application = application, Instances = { new InstanceRef { Id = InstanceId } }
            }, cancellationToken))
            .ConfigureAwait(false);
        log.Add(new Change(gone.Revision, space, application, [], null, null));
        var withdrawn = await log.AskAsync(client.WithdrawBuildsAsync(
            new WithdrawBuildsRequest
            {
                Namespace = space,
                Application = application, BuildIds = { _instance.BuildId }
            }, cancellationToken)).ConfigureAwait(false);
        log.Add(new Change(withdrawn.Revision, space, application, [], [$"load.{application}"], null));
    }
}
