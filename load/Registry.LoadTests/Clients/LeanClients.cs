using System.Net;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Lean;
using Registry.Protocol.V1;

namespace Registry.LoadTests.Clients;

/// <summary>A new <see cref="LeanConnection"/> each time.</summary>
/// <param name="server">Where to.</param>
/// <param name="sourceAddresses">How many loopback addresses take turns as the sender; 0: the system chooses.</param>
internal sealed class LeanClients(IPEndPoint server, int sourceAddresses) : IClientSource
{
    public string Name => "lean";

    public ValueTask<IRegistryClient> ConnectAsync(CancellationToken cancellationToken) =>
        ConnectAsync(server, sourceAddresses, cancellationToken);

    /// <summary>One client.</summary>
    public static async ValueTask<IRegistryClient> ConnectAsync(
        IPEndPoint server, int sourceAddresses, CancellationToken cancellationToken) =>
        new Client(await LeanConnection.ConnectAsync(server, SourceAddresses.Next(server, sourceAddresses), cancellationToken).ConfigureAwait(false));

    public ValueTask DisposeAsync() => default;

    private sealed class Client(LeanConnection connection) : IRegistryClient
    {
        public ValueTask<ResolveResponse> ResolveAsync(ResolveRequest request, CancellationToken cancellationToken) =>
            connection.AskAsync(LeanMethod.Resolve, request, ResolveResponse.Parser, cancellationToken);

        public ValueTask<GrantLeaseResponse> GrantLeaseAsync(GrantLeaseRequest request, CancellationToken cancellationToken) =>
            connection.AskAsync(LeanMethod.GrantLease, request, GrantLeaseResponse.Parser, cancellationToken);

        public ValueTask<RegisterResponse> RegisterAsync(RegisterRequest request, CancellationToken cancellationToken) =>
            connection.AskAsync(LeanMethod.Register, request, RegisterResponse.Parser, cancellationToken);

        public ValueTask<UpdateResponse> UpdateAsync(UpdateRequest request, CancellationToken cancellationToken) =>
            connection.AskAsync(LeanMethod.Update, request, UpdateResponse.Parser, cancellationToken);

        public ValueTask<DeregisterResponse> DeregisterAsync(DeregisterRequest request, CancellationToken cancellationToken) =>
            connection.AskAsync(LeanMethod.Deregister, request, DeregisterResponse.Parser, cancellationToken);

        public ValueTask<WithdrawBuildsResponse> WithdrawBuildsAsync(WithdrawBuildsRequest request, CancellationToken cancellationToken) =>
            connection.AskAsync(LeanMethod.WithdrawBuilds, request, WithdrawBuildsResponse.Parser, cancellationToken);

        public ValueTask<RenewLeaseResponse> RenewLeaseAsync(RenewLeaseRequest request, CancellationToken cancellationToken) =>
            connection.AskAsync(LeanMethod.RenewLease, request, RenewLeaseResponse.Parser, cancellationToken);

        public ValueTask<RevokeLeaseResponse> RevokeLeaseAsync(RevokeLeaseRequest request, CancellationToken cancellationToken) =>
            connection.AskAsync(LeanMethod.RevokeLease, request, RevokeLeaseResponse.Parser, cancellationToken);

        public async ValueTask<IWatchCall> WatchAsync(Open open, CancellationToken cancellationToken)
        {
            var call = connection.Call(LeanMethod.Watch, new WatchRequest { Open = open }, isLast: false);
            await connection.FlushAsync(cancellationToken).ConfigureAwait(false);
            return new Watch(connection, call);
        }

        public ValueTask DisposeAsync()
        {
            connection.Dispose();
            return default;
        }
    }

    private sealed class Watch(LeanConnection connection, LeanStream call) : IWatchCall
    {
        public async ValueTask<WatchResponse> NextAsync(CancellationToken cancellationToken)
        {
            WatchResponse message;
            while (!call.TryTake(WatchResponse.Parser, out message))
            {
                call.ThrowIfFailed();
                if (call.IsEnded)
                    throw new LoadException(FailureKind.ConnectionLost, "the server ended the watch");
                await connection.ReadAsync(cancellationToken).ConfigureAwait(false);
            }

            return message;
        }

        public ValueTask DisposeAsync() => default;
    }
}
