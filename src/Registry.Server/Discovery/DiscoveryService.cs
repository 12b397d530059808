using Grpc.Core;
using Registry.Core;
using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.Server.Errors;
using Registry.Server.Reads;
using static Registry.Server.Registration.RequestReader;
using Wire = Registry.Protocol.V1;

namespace Registry.Server.Discovery;

/// <summary>
/// registry.v1.Discovery: one-time reads and watches. What is promised stands in the proto.
/// </summary>
internal sealed class DiscoveryService(ServiceRegistry registry, OpenWatches watches, IHostApplicationLifetime lifetime, TimeProvider time)
{
    // gRPC clients refuse more than 4 MiB by default; the rest is room for what surrounds the topics.
    private const int MaxAnswerLength = 3 * 1024 * 1024;
    private const int MaxNames = 1_000;
    private const int MaxClientLength = 128;

    // A stream that says nothing costs a connection's place.
    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(30);

    public EncodedAnswer Resolve(Wire.ResolveRequest request)
    {
        if (request.Interfaces.Count + request.Applications.Count > MaxNames)
            throw Invalid("interfaces", $"has, with applications, {request.Interfaces.Count + request.Applications.Count} items; at most {MaxNames} are allowed");
        var interfaces = ReadNames(request.Namespace, request.Interfaces, TopicKind.Interface, "interfaces");
        var applications = ReadNames(request.Namespace, request.Applications, TopicKind.Application, "applications");
        if (request.MinRevision < 0)
            throw Invalid("min_revision", "is negative");
        if (request.MinRevision > registry.Revision)
        {
            throw new RegistryError(
                ErrorKind.OutOfRange,
                ErrorReasons.RevisionInFuture,
                $"min_revision: is {request.MinRevision}, and the registry is at {registry.Revision}",
                "min_revision").ToRpcException();
        }

        var topics = registry.ReadTogether(interfaces, applications);
        var encoded = new List<EncodedTopic>(topics.Mappings.Length + topics.Applications.Length);
        var length = 0;
        foreach (var snapshot in topics.Mappings.AsEnumerable<TopicSnapshot>().Concat(topics.Applications))
        {
            var topic = EncodeNow(snapshot);
            length += topic.PayloadLength;
            encoded.Add(topic);
            if (length > MaxAnswerLength)
            {
                throw new RegistryError(
                    ErrorKind.ResourceExhausted, ErrorReasons.LimitAnswerSize, $"the answer is larger than {MaxAnswerLength} bytes: use Watch").ToRpcException();
            }
        }

        return new EncodedAnswer(encoded, SyncAt(topics.Revision));
    }

    public Wire.ListInterfacesResponse ListInterfaces(Wire.ListInterfacesRequest request)
    {
        var page = ReadPage(request.Namespace, request.Prefix, request.PageToken, request.PageSize);
        var revision = registry.Revision;
        var found = registry.ListInterfaces(page.Namespace, page.Prefix, page.After, page.Size);
        var response = new Wire.ListInterfacesResponse { Sync = SyncAt(revision), NextPageToken = page.NextToken(found) };
        foreach (var mapping in found)
        {
            response.Interfaces.Add(new Wire.ListInterfacesResponse.Types.Item
            {
                Name = mapping.Name.Name,
                Applications = (uint)mapping.Count,
                Revision = mapping.Revision,
            });
        }

        return response;
    }

    public Wire.ListApplicationsResponse ListApplications(Wire.ListApplicationsRequest request)
    {
        var page = ReadPage(request.Namespace, request.Prefix, request.PageToken, request.PageSize);
        var revision = registry.Revision;
        var found = registry.ListApplications(page.Namespace, page.Prefix, page.After, page.Size);
        var response = new Wire.ListApplicationsResponse { Sync = SyncAt(revision), NextPageToken = page.NextToken(found) };
        foreach (var application in found)
        {
            response.Applications.Add(new Wire.ListApplicationsResponse.Types.Item
            {
                Name = application.Name.Name,
                Instances = (uint)application.Count,
                Up = (uint)application.UpCount,
                Builds = (uint)application.BuildCount,
                Revision = application.Revision,
            });
        }

        return response;
    }

    public async Task WatchAsync(IAsyncStreamReader<Wire.WatchRequest> requests, ServerCallContext context)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        var open = await ReadOpenAsync(requests, ending.Token);
        var opening = ReadOpening(open);
        var http = context.GetHttpContext();
        await using var sink = new StreamSink(registry, http.Response.BodyWriter, http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpResetFeature>());

        // From here on the sink alone writes to the response; the handler returns only when it has ended (DisposeAsync).
        sink.Open(opening);
        using var listed = watches.Add(PeerOf(http.Connection), open.Client, sink.Stream);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(ending.Token, sink.GivenUp);
        try
        {
            while (await requests.MoveNext(watching.Token))
                await HandleAsync(sink.Stream, requests.Current, watching.Token);

            // The client has nothing more to ask and goes on listening.
            await Task.Delay(Timeout.InfiniteTimeSpan, time, watching.Token);
        }
        catch (Exception ended) when (watching.IsCancellationRequested && ended is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled } or IOException)
        {
            if (lifetime.ApplicationStopping.IsCancellationRequested && sink.Error is null && !context.CancellationToken.IsCancellationRequested)
            {
                await sink.CloseAsync(StreamSink.RefusedStream);
                throw ShuttingDown().ToRpcException(ResumePoint(sink));
            }

            await sink.CloseAsync();
            if (sink.Error is { } error)
                throw error.ToRpcException(ResumePoint(sink));
            context.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task<Wire.Open> ReadOpenAsync(IAsyncStreamReader<Wire.WatchRequest> requests, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(OpenTimeout, time);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            if (await requests.MoveNext(waiting.Token) && requests.Current.Open is { } open)
                return open;
        }
        catch (Exception ended) when (ended is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
        {
            if (lifetime.ApplicationStopping.IsCancellationRequested)
                throw ShuttingDown().ToRpcException();
            if (!patience.IsCancellationRequested)
                throw;
        }

        throw Invalid("open", $"is missing: the first message of a stream is Open, within {OpenTimeout.TotalSeconds} s");
    }

    private static RegistryError ShuttingDown() => new(ErrorKind.Unavailable, ErrorReasons.ShuttingDown, "the server is going away; resume with another");

    private static async Task HandleAsync(WatchStream stream, Wire.WatchRequest request, CancellationToken cancellationToken)
    {
        switch (request.KindCase)
        {
            case Wire.WatchRequest.KindOneofCase.Subscribe:
                await stream.SubscribeAsync(request.Subscribe.Id, ReadSubscribed(request.Subscribe, "subscribe"), cancellationToken);
                break;
            case Wire.WatchRequest.KindOneofCase.Unsubscribe:
                await stream.UnsubscribeAsync(request.Unsubscribe.Id, cancellationToken);
                break;
            case Wire.WatchRequest.KindOneofCase.RequestSnapshot:
                await stream.RequestSnapshotAsync(ReadTopic(request.RequestSnapshot.Topic, "request_snapshot.topic"), cancellationToken);
                break;
            case Wire.WatchRequest.KindOneofCase.Open:
                throw Invalid("open", "was sent before; only the first message of a stream is Open");
            default:
                throw Invalid("kind", "is not set, or of a kind that this server does not know");
        }
    }

    // As an address is written; gRPC's own form says the family first.
    private static string PeerOf(ConnectionInfo connection) =>
        connection.RemoteIpAddress is { } address
            ? new System.Net.IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, connection.RemotePort).ToString()
            : "";

    private static WatchOpening ReadOpening(Wire.Open open)
    {
        if (open.Client.Length > MaxClientLength)
            throw Invalid("open.client", $"has {open.Client.Length} characters; at most {MaxClientLength} are allowed");
        if (TextRules.Check("open.client", open.Client, int.MaxValue) is { } badText)
            throw badText.ToRpcException();
        if (open.Token is { Revision: < 0 })
            throw Invalid("open.token.revision", "is negative");
        return new WatchOpening
        {
            Epoch = open.Token?.Epoch,
            Revision = open.Token?.Revision ?? 0,
            Held = open.Token is null ? [] : [.. open.Held.Select((topic, i) => ReadTopic(topic, $"open.held[{i}]"))],
            Subscriptions = [.. open.Subscriptions.Select((s, i) => (s.Id, ReadSubscribed(s, $"open.subscriptions[{i}]")))],
        };
    }

    private static Topic ReadTopic(Wire.Topic? topic, string field) => topic?.KindCase switch
    {
        Wire.Topic.KindOneofCase.Interface => Topic.OfInterface(ReadName(topic.Namespace, topic.Interface)),
        Wire.Topic.KindOneofCase.Application => Topic.OfApplication(ReadName(topic.Namespace, topic.Application)),
        _ => throw Invalid(field, "names neither an interface nor an application"),
    };

    private static Topic ReadSubscribed(Wire.Subscribe subscribe, string field) => subscribe.KindCase switch
    {
        Wire.Subscribe.KindOneofCase.Interface => Topic.OfInterface(ReadName(subscribe.Namespace, subscribe.Interface)),
        Wire.Subscribe.KindOneofCase.Application => Topic.OfApplication(ReadName(subscribe.Namespace, subscribe.Application)),
        _ => throw Invalid(field, "names neither an interface nor an application"),
    };

    private static QualifiedName[] ReadNames(string @namespace, IEnumerable<string> names, TopicKind kind, string field)
    {
        var read = names.Distinct(StringComparer.Ordinal).Select(name => ReadName(@namespace, name)).ToArray();
        for (var i = 0; i < read.Length; i++)
        {
            if (NameRules.CheckTopic(new Topic(kind, read[i]), "namespace", $"{field}[{i}]") is { } bad)
                throw bad.ToRpcException();
        }

        return read;
    }

    private static Paging ReadPage(string @namespace, string prefix, string token, uint size) =>
        Paging.TryRead(@namespace, prefix, token, size, Paging.FieldNames.Proto, out var page) is { } bad ? throw bad.ToRpcException() : page;

    // A reader has nothing else to do while another thread encodes the same snapshot: that takes less than going away would.
    private static EncodedTopic EncodeNow(TopicSnapshot snapshot)
    {
        EncodedTopic? encoded;
        var wait = new SpinWait();
        while (!snapshot.TryGetEncoded(TopicEncoder.Encode, out encoded))
            wait.SpinOnce();
        return encoded;
    }

    private Wire.Sync SyncAt(long revision) => new() { Epoch = registry.Epoch, Revision = revision };

    private Metadata ResumePoint(StreamSink sink) => sink.Stream.LastSync < 0
        ? []
        : new Metadata
        {
            { "registry-epoch", registry.Epoch },
            { "registry-revision", sink.Stream.LastSync.ToString(System.Globalization.CultureInfo.InvariantCulture) },
        };
}
