using Registry.Protocol.V1;

namespace Registry.LoadTests.Clients;

/// <summary>What a scenario does to a server, by one connection. Used by one caller at a time.</summary>
internal interface IRegistryClient : IAsyncDisposable
{
    ValueTask<ResolveResponse> ResolveAsync(ResolveRequest request, CancellationToken cancellationToken);

    ValueTask<GrantLeaseResponse> GrantLeaseAsync(GrantLeaseRequest request, CancellationToken cancellationToken);

    ValueTask<RegisterResponse> RegisterAsync(RegisterRequest request, CancellationToken cancellationToken);

    ValueTask<UpdateResponse> UpdateAsync(UpdateRequest request, CancellationToken cancellationToken);

    ValueTask<DeregisterResponse> DeregisterAsync(DeregisterRequest request, CancellationToken cancellationToken);

    ValueTask<WithdrawBuildsResponse> WithdrawBuildsAsync(WithdrawBuildsRequest request, CancellationToken cancellationToken);

    ValueTask<RenewLeaseResponse> RenewLeaseAsync(RenewLeaseRequest request, CancellationToken cancellationToken);

    ValueTask<RevokeLeaseResponse> RevokeLeaseAsync(RevokeLeaseRequest request, CancellationToken cancellationToken);

    /// <summary>Opens the bidirectional stream.</summary>
    ValueTask<IWatchCall> WatchAsync(Open open, CancellationToken cancellationToken);
}

/// <summary>An open stream. Used by one caller at a time.</summary>
internal interface IWatchCall : IAsyncDisposable
{
    /// <summary>Waits for the next message.</summary>
    /// <exception cref="Failures.LoadException">The stream has ended.</exception>
    ValueTask<WatchResponse> NextAsync(CancellationToken cancellationToken);
}

/// <summary>Makes clients. Thread safe.</summary>
internal interface IClientSource : IAsyncDisposable
{
    /// <summary>What the clients are, for people.</summary>
    string Name { get; }

    /// <summary>A client for the server.</summary>
    ValueTask<IRegistryClient> ConnectAsync(CancellationToken cancellationToken);
}
