using Google.Protobuf;
using Grpc.Core;
using Registry.Client.Connecting;
using Registry.Client.Retrying;
using Registry.Protocol.V1;

namespace Registry.Client.Leases;

/// <summary>
/// Keeps one lease alive, and what hangs on it registered: grants, has the owner register, renews at a third of the time to
/// live, and starts over with a new lease when the server does not know the old one any more.
/// </summary>
/// <remarks>
/// Renewals run beside the registration, so that a large one on a short lease does not outlive it. A failure that may
/// pass is tried again for as long as it takes, because only the server knows whether the lease still stands.
/// </remarks>
internal sealed class LeaseHolder
{
    private readonly Registration.RegistrationClient _client;
    private readonly ILeaseOwner _owner;
    private readonly LeaseOptions _options;
    private readonly TimeProvider _time;
    private readonly Random _random;

    private ByteString? _lease;
    private TimeSpan _timeToLive;
    private long _grants, _failedGrants, _renewals, _failedRenewals, _registrations, _failedRegistrations;

    public LeaseHolder(
        Registration.RegistrationClient client, ILeaseOwner owner, LeaseOptions options, TimeProvider time, Random random)
    {
        _client = client;
        _owner = owner;
        _options = options;
        _time = time;
        _random = random;
    }

    private enum LeaseEnd
    {
        // None: the lease goes on.
        None,
        Unknown,
        NothingLeft,
    }

    public LeaseStatistics Statistics => new(
        Volatile.Read(ref _grants),
        Volatile.Read(ref _failedGrants),
        Volatile.Read(ref _renewals),
        Volatile.Read(ref _failedRenewals),
        Volatile.Read(ref _registrations),
        Volatile.Read(ref _failedRegistrations));

    /// <summary>
    /// Holds until cancelled, or until the owner holds nothing any more; then returns. Does not revoke: what a stopping
    /// process does about its instances is <see cref="RevokeAsync"/>'s. To be called once.
    /// </summary>
    /// <exception cref="RpcException">The server refuses, and would refuse the same again.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var lease = await GrantAsync(cancellationToken).ConfigureAwait(false);
            _lease = lease;
            if (await HoldAsync(lease, cancellationToken).ConfigureAwait(false) == LeaseEnd.NothingLeft)
            {
                return;
            }
        }
    }

    /// <summary>Ends the lease and removes what it holds. One attempt: if it fails, the lease runs out by itself.</summary>
    /// <returns>How many instances were removed; null if there was no lease.</returns>
    /// <exception cref="RpcException">The lease could not be revoked.</exception>
    public async Task<uint?> RevokeAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _lease, null) is not { } lease)
        {
            return null;
        }

        var answer = await _client.RevokeLeaseAsync(
            new RevokeLeaseRequest { LeaseId = lease }, cancellationToken: cancellationToken).ConfigureAwait(false);
        return answer.RemovedInstances;
    }

    private async Task<ByteString> GrantAsync(CancellationToken cancellationToken)
    {
        var backoff = NewBackoff();
        while (true)
        {
            Interlocked.Increment(ref _grants);
            TimeSpan wait;
            try
            {
                var answer = await _client.GrantLeaseAsync(
                    new GrantLeaseRequest { TtlMillis = (long)_options.TimeToLive.TotalMilliseconds },
                    cancellationToken: cancellationToken).ConfigureAwait(false);
                _timeToLive = TimeSpan.FromMilliseconds(answer.TtlMillis);
                _owner.OnSuccess();
                return answer.LeaseId;
            }
            catch (RpcException exception)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Interlocked.Increment(ref _failedGrants);
                wait = backoff.Next(ThrowUnlessTransient(exception).RetryAfter);
            }

            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<LeaseEnd> HoldAsync(ByteString lease, CancellationToken cancellationToken)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var registering = RegisterAsync(lease, life.Token);
        var renewing = RenewAsync(lease, life.Token);
        try
        {
            return await (await Task.WhenAny(registering, renewing).ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            // Whichever still runs has nothing to do on this lease any more.
            await life.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(registering, renewing)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Ends only with the lease: when all is registered, it waits until there is more.
    private async Task<LeaseEnd> RegisterAsync(ByteString lease, CancellationToken cancellationToken)
    {
        var backoff = NewBackoff();
        while (true)
        {
            Interlocked.Increment(ref _registrations);
            TimeSpan wait;
            try
            {
                await _owner.RegisterAsync(lease, cancellationToken).ConfigureAwait(false);
                _owner.OnSuccess();
                backoff.Reset();
                await _owner.MoreAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }
            catch (RpcException exception)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Interlocked.Increment(ref _failedRegistrations);
                if (IsLeaseUnknown(exception))
                {
                    return LeaseEnd.Unknown;
                }

                wait = backoff.Next(ThrowUnlessTransient(exception).RetryAfter);
            }

            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);

            // The failed attempt may have reached the server all the same, and another process may have taken an instance
            // over since. Registering it again would take it back, and two twins would fight; a renewal tells first.
            if (await TryRenewAsync(lease, cancellationToken).ConfigureAwait(false) is { } end and not LeaseEnd.None)
            {
                return end;
            }
        }
    }

    private async Task<LeaseEnd> RenewAsync(ByteString lease, CancellationToken cancellationToken)
    {
        var backoff = NewBackoff();
        var wait = _timeToLive / 3;
        while (true)
        {
            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
            switch (await TryRenewAsync(lease, cancellationToken).ConfigureAwait(false))
            {
                case null:
                    var third = _timeToLive / 3;
                    var retry = backoff.Next();
                    wait = retry < third ? retry : third;
                    break;
                case LeaseEnd.None:
                    backoff.Reset();
                    wait = _timeToLive / 3;
                    break;
                case { } end:
                    return end;
            }
        }
    }

    // Null: failed, and may succeed later.
    private async Task<LeaseEnd?> TryRenewAsync(ByteString lease, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _renewals);
        try
        {
            var answer = await _client.RenewLeaseAsync(
                new RenewLeaseRequest { LeaseId = lease }, cancellationToken: cancellationToken).ConfigureAwait(false);
            _timeToLive = TimeSpan.FromMilliseconds(answer.TtlMillis);
            _owner.OnSuccess();
            if (answer.Lost.Count > 0)
            {
                _owner.OnLost(answer.Lost);
            }

            return _owner.LetGo() ? LeaseEnd.NothingLeft : LeaseEnd.None;
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Interlocked.Increment(ref _failedRenewals);
            if (exception.StatusCode == StatusCode.NotFound)
            {
                return LeaseEnd.Unknown;
            }

            ThrowUnlessTransient(exception);
            return null;
        }
    }

    private RegistryFault ThrowUnlessTransient(RpcException exception)
    {
        var fault = RegistryFault.From(exception);
        if (!fault.IsTransient)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception);
        }

        _owner.OnFailure(fault);
        return fault;
    }

    private static bool IsLeaseUnknown(RpcException exception) =>
        exception.StatusCode == StatusCode.NotFound && RegistryFault.From(exception).Reason == RegistryFault.LeaseUnknown;

    private DecorrelatedBackoff NewBackoff() => new(_options.ShortestRetry, _options.LongestRetry, _random);
}
