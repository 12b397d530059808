using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Lean;
using Registry.Protocol.V1;

namespace Registry.LoadTests.Clients;

/// <summary>
/// Grpc.Net.Client, as users have it: a channel for each client, which is what the failure is about; or one channel for all, which is what
/// they are told to do.
/// </summary>
internal sealed class DotnetClients : IClientSource
{
    private readonly IPEndPoint _server;
    private readonly int _sourceAddresses;
    private readonly GrpcChannel? _shared;

    /// <param name="server">Where to.</param>
    /// <param name="sourceAddresses">How many loopback addresses take turns as the sender; 0: the system chooses.</param>
    /// <param name="isShared">One channel for all clients.</param>
    public DotnetClients(IPEndPoint server, int sourceAddresses, bool isShared)
    {
        _server = server;
        _sourceAddresses = sourceAddresses;
        _shared = isShared ? NewChannel() : null;
    }

    public string Name => _shared is null ? "grpc-dotnet" : "grpc-dotnet, one channel";

    public ValueTask<IRegistryClient> ConnectAsync(CancellationToken cancellationToken) =>
        new(new Client(_shared ?? NewChannel(), isOwner: _shared is null));

    public ValueTask DisposeAsync()
    {
        _shared?.Dispose();
        return default;
    }

    private GrpcChannel NewChannel()
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            EnableMultipleHttp2Connections = true,
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = SourceAddresses.NewSocket(_server, SourceAddresses.Next(_server, _sourceAddresses));
                try
                {
                    await socket.ConnectAsync(_server, cancellationToken).ConfigureAwait(false);

                    // As the lean client: the port is free at once.
                    socket.LingerState = new LingerOption(true, 0);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        return GrpcChannel.ForAddress($"http://{_server}", new() { HttpHandler = handler, DisposeHttpClient = true });
    }

    /// <summary>What a call's failure says of who is to blame.</summary>
    public static LoadException Explain(RpcException failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException ?? (cause as RpcException)?.Status.DebugException)
        {
            if (cause is SocketException socket)
                return SourceAddresses.Explain(socket);
            if (cause is LoadException known)
                return known;
            if (cause is HttpProtocolException or IOException)
                return new LoadException(FailureKind.ConnectionLost, cause.Message);
        }

        return failure.StatusCode == StatusCode.DeadlineExceeded
            ? new LoadException(FailureKind.TimedOut, failure.Status.Detail)
            : new LoadException(FailureKind.Refused, $"{failure.StatusCode}: {failure.Status.Detail}", failure.StatusCode);
    }

    private sealed class Client(GrpcChannel channel, bool isOwner) : IRegistryClient
    {
        private readonly Discovery.DiscoveryClient _discovery = new(channel);
        private readonly Registration.RegistrationClient _registration = new(channel);

        public ValueTask<ResolveResponse> ResolveAsync(ResolveRequest request, CancellationToken cancellationToken) =>
            AskAsync(_discovery.ResolveAsync(request, cancellationToken: cancellationToken));

        public ValueTask<GrantLeaseResponse> GrantLeaseAsync(GrantLeaseRequest request, CancellationToken cancellationToken) =>
            AskAsync(_registration.GrantLeaseAsync(request, cancellationToken: cancellationToken));

        public ValueTask<RegisterResponse> RegisterAsync(RegisterRequest request, CancellationToken cancellationToken) =>
            AskAsync(_registration.RegisterAsync(request, cancellationToken: cancellationToken));

        public ValueTask<UpdateResponse> UpdateAsync(UpdateRequest request, CancellationToken cancellationToken) =>
            AskAsync(_registration.UpdateAsync(request, cancellationToken: cancellationToken));

        public ValueTask<DeregisterResponse> DeregisterAsync(DeregisterRequest request, CancellationToken cancellationToken) =>
            AskAsync(_registration.DeregisterAsync(request, cancellationToken: cancellationToken));

        public ValueTask<WithdrawBuildsResponse> WithdrawBuildsAsync(WithdrawBuildsRequest request, CancellationToken cancellationToken) =>
            AskAsync(_registration.WithdrawBuildsAsync(request, cancellationToken: cancellationToken));

        public ValueTask<RenewLeaseResponse> RenewLeaseAsync(RenewLeaseRequest request, CancellationToken cancellationToken) =>
            AskAsync(_registration.RenewLeaseAsync(request, cancellationToken: cancellationToken));

        public ValueTask<RevokeLeaseResponse> RevokeLeaseAsync(RevokeLeaseRequest request, CancellationToken cancellationToken) =>
            AskAsync(_registration.RevokeLeaseAsync(request, cancellationToken: cancellationToken));

        public async ValueTask<IWatchCall> WatchAsync(Open open, CancellationToken cancellationToken)
        {
            var call = _discovery.Watch(cancellationToken: cancellationToken);
            try
            {
                await call.RequestStream.WriteAsync(new WatchRequest { Open = open }, cancellationToken).ConfigureAwait(false);
                return new Watch(call);
            }
            catch (RpcException failure) when (!cancellationToken.IsCancellationRequested)
            {
                call.Dispose();
                throw Explain(failure);
            }
        }

        public ValueTask DisposeAsync()
        {
            if (isOwner)
                channel.Dispose();
            return default;
        }

        private static async ValueTask<T> AskAsync<T>(AsyncUnaryCall<T> asked)
        {
            using var call = asked;
            try
            {
                return await call.ResponseAsync.ConfigureAwait(false);
            }
            catch (RpcException cancelled) when (cancelled.StatusCode == StatusCode.Cancelled)
            {
                throw new OperationCanceledException(cancelled.Message, cancelled);
            }
            catch (RpcException failure)
            {
                throw Explain(failure);
            }
        }
    }

    private sealed class Watch(AsyncDuplexStreamingCall<WatchRequest, WatchResponse> call) : IWatchCall
    {
        public async ValueTask<WatchResponse> NextAsync(CancellationToken cancellationToken)
        {
            try
            {
                return await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false)
                    ? call.ResponseStream.Current
                    : throw new LoadException(FailureKind.ConnectionLost, "the server ended the watch");
            }
            catch (RpcException cancelled) when (cancelled.StatusCode == StatusCode.Cancelled)
            {
                throw new OperationCanceledException(cancelled.Message, cancelled);
            }
            catch (RpcException failure)
            {
                throw Explain(failure);
            }
        }

        public ValueTask DisposeAsync()
        {
            call.Dispose();
            return default;
        }
    }
}
