using Google.Protobuf;
using Grpc.Core;
using Registry.Client.Connecting;
using Registry.Client.Leases;
using Registry.Protocol.V1;

namespace Registry.LoadTests.Siblings;

/// <summary>
/// The holder of a lease against a transport that fails every third call: its renewals run beside its registration, which is tried again
/// and renews too, so that two loops raise the same counts. What it has counted must be what the transport has seen: never less while it
/// runs, exactly that at the end.
/// </summary>
internal static class LeaseHolderAttempts
{
    private const int Renewals = 20;
    private const int FailedRegistrations = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    public static string? Round()
    {
        var transport = new FailingTransport();
        var owner = new Owner(transport);
        var holder = new LeaseHolder(
            new Registration.RegistrationClient(transport),
            owner,
            new LeaseOptions { ShortestRetry = Shortest, LongestRetry = Shortest },
            TimeProvider.System,
            new Random(1));
        transport.Counted = () => holder.Statistics.Grants + holder.Statistics.Renewals;
        using var patience = new CancellationTokenSource(Patience);
#pragma warning disable VSTHRD002 // A round is a synchronous thing, and nothing here goes back to its thread.
        holder.RunAsync(patience.Token).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        var counted = holder.Statistics;
        var seen = transport.Seen with { Registrations = owner.Registrations, FailedRegistrations = FailedRegistrations };
        return transport.Uncounted is { } uncounted ? uncounted
            : counted == seen ? null
            : $"counted {counted}, and there were {seen}";
    }

    private sealed class Owner(FailingTransport transport) : ILeaseOwner
    {
        private int _registrations;

        public int Registrations => Volatile.Read(ref _registrations);

        public bool LetGo() => Registrations > FailedRegistrations && transport.Seen.Renewals >= Renewals;

        public Task RegisterAsync(ByteString leaseId, CancellationToken cancellationToken) =>
            Interlocked.Increment(ref _registrations) <= FailedRegistrations ? throw FailingTransport.Failure() : Task.CompletedTask;

        public Task MoreAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);

        public void OnLost(IReadOnlyList<LostInstance> lost)
        {
        }

        public void OnFailure(RegistryFault fault)
        {
        }

        public void OnSuccess()
        {
        }
    }

    // Leases of 3 ms, which are renewed every millisecond.
    private sealed class FailingTransport : CallInvoker
    {
        private readonly Lock _gate = new();

        // Owned by _gate.
        private LeaseStatistics _seen = new(0, 0, 0, 0, 0, 0);
        private string? _uncounted;

        public Func<long> Counted { get; set; } = () => 0;

        public LeaseStatistics Seen
        {
            get
            {
                lock (_gate)
                    return _seen;
            }
        }

        public string? Uncounted
        {
            get
            {
                lock (_gate)
                    return _uncounted;
            }
        }

        public static RpcException Failure() => new(new Status(StatusCode.Unavailable, "fails now and then"));

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
            new(AnswerAsync<TResponse>(request), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new NotSupportedException();

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new NotSupportedException();

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new NotSupportedException();

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new NotSupportedException();

        private Task<TResponse> AnswerAsync<TResponse>(object request)
        {
            bool isFailed;
            lock (_gate)
            {
                var isRenewal = request is RenewLeaseRequest;
                isFailed = (isRenewal ? _seen.Renewals : _seen.Grants) % 3 == 0;
                var failed = isFailed ? 1 : 0;
                _seen = isRenewal
                    ? _seen with { Renewals = _seen.Renewals + 1, FailedRenewals = _seen.FailedRenewals + failed }
                    : _seen with { Grants = _seen.Grants + 1, FailedGrants = _seen.FailedGrants + failed };
                if (Counted() is var counted && counted < _seen.Grants + _seen.Renewals)
                    _uncounted = $"{counted} attempts counted when {_seen.Grants + _seen.Renewals} had been made";
            }

            return isFailed ? Task.FromException<TResponse>(Failure()) : Task.FromResult((TResponse)Answer(request));
        }

        private static object Answer(object request) => request is RenewLeaseRequest
            ? new RenewLeaseResponse { TtlMillis = 3 }
            : new GrantLeaseResponse { LeaseId = ByteString.CopyFromUtf8("lease"), TtlMillis = 3 };
    }
}
