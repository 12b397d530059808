using System.Globalization;
using Google.Protobuf;
using Registry.LoadTests.Clients;
using Registry.LoadTests.Failures;
using Registry.Protocol.V1;
using Registry.TestKit.Guarantees.Recording;

namespace Registry.LoadTests.Visits;

/// <summary>
/// What one client does that is there for one request: it connects, asks who serves an interface, opens the stream, gets the first state,
/// makes one change and waits until its own stream has told it, and leaves. Every second visitor registers an application of its own for
/// the interface that many share (the shape of dubbo-go's service mapping); the others change one that is there. Every fourth takes what
/// it registered back.
/// </summary>
internal sealed class Visit(IClientSource clients, Place[] places, Ledger ledger, Gauges gauges)
{
    // One visitor in so many is recorded message by message, for the guarantees that are checked at the end.
    private const int RecordOneIn = 16;

    private const long LeaseMillis = 3_600_000;

    /// <summary>One visit. Throws what went wrong.</summary>
    public async Task RunAsync(int number, CancellationToken cancellationToken)
    {
        var place = places[number % places.Length];
        var known = place.Acknowledged;
        await using var client = await clients.ConnectAsync(cancellationToken).ConfigureAwait(false);
        var resolved = await client.ResolveAsync(new ResolveRequest { Interfaces = { place.Interface } }, cancellationToken).ConfigureAwait(false);
        Check(resolved, place, known);

        var view = new WatchView();
        var record = number % RecordOneIn == 0 ? new WireWatch(ledger.Log.Recorder, string.Create(CultureInfo.InvariantCulture, $"visit-{number}")) : null;
        var open = new Open { Client = "load", Subscriptions = { new Subscribe { Id = 1, Interface = place.Interface } } };
        record?.Sent(new WatchRequest { Open = open });
        await using var watch = await client.WatchAsync(open, cancellationToken).ConfigureAwait(false);
        await ReadAsync(watch, view, record, 0, cancellationToken).ConfigureAwait(false);
        if (!view.Serves(place.Interface, place.Host, Place.HostInstance))
            throw new LoadException(FailureKind.WrongAnswer, "the first state of the watch lacks an application that has always been there");

        if (number / places.Length % 2 == 0)
            await RegisterAsync(client, watch, view, record, place, number, cancellationToken).ConfigureAwait(false);
        else
            await UpdateAsync(client, watch, view, record, place, number, cancellationToken).ConfigureAwait(false);
        record?.Ended("left");
    }

    private static void Check(ResolveResponse resolved, Place place, long known)
    {
        if (resolved.Sync.Revision < known)
            throw new LoadException(FailureKind.WrongAnswer, $"a resolve at {resolved.Sync.Revision}, after a change was acknowledged at {known}");
        if (resolved.Interfaces is not [{ } mapping] || !mapping.Applications.Any(a => a.Application == place.Host))
            throw new LoadException(FailureKind.WrongAnswer, "a resolve lacks an application that has always been there");
        if (resolved.Applications.FirstOrDefault(a => a.Application == place.Host) is not { Instances.Count: 1 })
            throw new LoadException(FailureKind.WrongAnswer, "a resolve lacks an instance that has always been there");
    }

    private static async ValueTask ReadAsync(IWatchCall watch, WatchView view, WireWatch? record, long revision, CancellationToken cancellationToken)
    {
        while (view.Revision < revision)
        {
            var message = await watch.NextAsync(cancellationToken).ConfigureAwait(false);
            record?.Received(message);
            view.Take(message);
        }
    }

    private async Task RegisterAsync(
        IRegistryClient client, IWatchCall watch, WatchView view, WireWatch? record, Place place, int number, CancellationToken cancellationToken)
    {
        var granted = await client.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = LeaseMillis }, cancellationToken).ConfigureAwait(false);
        var registered = new Registered(
            number,
            string.Create(CultureInfo.InvariantCulture, $"visitor-{number}"),
            "v",
            [string.Create(CultureInfo.InvariantCulture, $"load.Own{number}"), place.Interface],
            HasLeft: false);
        var request = Requests.Register(granted.LeaseId, registered.Application, registered.Instance, registered.Interfaces);
        RegisterResponse answer;
        using (gauges.Registering.Enter())
        {
            try
            {
                answer = await client.RegisterAsync(request, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (IsUnknown(failure))
            {
                ledger.Lose(number: null);
                throw;
            }
        }

        ledger.Acknowledge(registered, Change.OfOne(answer.Revision, registered.Application, Requests.Registered(request, answer), registered.Interfaces));
        place.Acknowledge(answer.Revision);
        await ReadAsync(watch, view, record, answer.Revision, cancellationToken).ConfigureAwait(false);
        if (!view.Serves(place.Interface, registered.Application, registered.Instance))
            throw new LoadException(FailureKind.WrongAnswer, "a registration was acknowledged, and the watch does not have it at its revision");

        if (number / places.Length % 4 == 0)
            await LeaveAsync(client, registered, granted.LeaseId, cancellationToken).ConfigureAwait(false);
    }

    private async Task LeaveAsync(IRegistryClient client, Registered registered, ByteString lease, CancellationToken cancellationToken)
    {
        RevokeLeaseResponse answer;
        try
        {
            answer = await client.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = lease }, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception)
        {
            ledger.Lose(registered.Number);
            throw;
        }

        if (answer.RemovedInstances != 1)
            throw new LoadException(FailureKind.WrongAnswer, $"a lease with one instance was taken back, and {answer.RemovedInstances} were removed");
        ledger.AcknowledgeLeaving(registered, Change.OfOne(answer.Revision, registered.Application, null, null));
    }

    private async Task UpdateAsync(
        IRegistryClient client, IWatchCall watch, WatchView view, WireWatch? record, Place place, int number, CancellationToken cancellationToken)
    {
        var visit = number.ToString(CultureInfo.InvariantCulture);
        var patch = new InstancePatch { Id = Place.HostInstance, SetMetadata = { ["visit"] = visit } };
        var before = view.Find(place.Host, Place.HostInstance)!;
        UpdateResponse answer;
        try
        {
            answer = await client.UpdateAsync(new UpdateRequest { Application = place.Host, Instances = { patch } }, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            ledger.Lose(number: null);
            throw;
        }

        var after = before.Clone();
        after.Metadata["visit"] = visit;
        after.Revision = answer.Revision;
        ledger.Log.Add(Change.OfOne(answer.Revision, place.Host, after, null));
        place.Acknowledge(answer.Revision);
        await ReadAsync(watch, view, record, answer.Revision, cancellationToken).ConfigureAwait(false);
        if (view.Find(place.Host, Place.HostInstance) is not { } seen || seen.Revision < answer.Revision)
            throw new LoadException(FailureKind.WrongAnswer, "an update was acknowledged, and the watch has an older state at its revision");
    }

    // Refused is an answer, and a server without a listener was not asked.
    private static bool IsUnknown(Exception failure) => failure is not LoadException { Kind: FailureKind.Generator or FailureKind.ConnectionRefused };
}
