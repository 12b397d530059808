using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Registry.Protocol.V1;

namespace Registry.Client.Tests.Fakes;

/// <summary>Registration as a test wants it. By default every call succeeds; each is recorded before it is answered.</summary>
internal sealed class ScriptedRegistration : Registration.RegistrationBase
{
    private readonly Channel<IMessage> _calls = Channel.CreateUnbounded<IMessage>();
    private long _revision;
    private int _leases;

    public TimeSpan TimeToLive { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Looks at a call first: throws to refuse it, or returns null to have it answered as usual.</summary>
    public Func<IMessage, IMessage?> Script { get; set; } = _ => null;

    /// <summary>The next call that has arrived.</summary>
    public async Task<IMessage> NextAsync() => await Wait.ForAsync(_calls.Reader.ReadAsync().AsTask());

    /// <summary>The next call, which must be of this kind.</summary>
    public async Task<T> NextAsync<T>()
        where T : class, IMessage => Assert.IsType<T>(await NextAsync());

    /// <summary>The next call of this kind; others are passed over.</summary>
    public async Task<T> FirstAsync<T>()
        where T : class, IMessage
    {
        while (true)
        {
            if (await NextAsync() is T call)
            {
                return call;
            }
        }
    }

    public override Task<GrantLeaseResponse> GrantLease(GrantLeaseRequest request, ServerCallContext context) => AnswerAsync(
        request,
        () => new GrantLeaseResponse
        {
            LeaseId = ByteString.CopyFromUtf8($"lease-{Interlocked.Increment(ref _leases):0000000000}"),
            TtlMillis = request.TtlMillis > 0 ? request.TtlMillis : (long)TimeToLive.TotalMilliseconds,
        });

    public override Task<RenewLeaseResponse> RenewLease(RenewLeaseRequest request, ServerCallContext context) =>
        AnswerAsync(request, () => new RenewLeaseResponse { TtlMillis = (long)TimeToLive.TotalMilliseconds });

    public override Task<RevokeLeaseResponse> RevokeLease(RevokeLeaseRequest request, ServerCallContext context) =>
        AnswerAsync(request, () => new RevokeLeaseResponse { Revision = Next(), RemovedInstances = 1 });

    public override Task<RegisterResponse> Register(RegisterRequest request, ServerCallContext context) => AnswerAsync(
        request,
        () =>
        {
            var revision = Next();
            var answer = new RegisterResponse { Revision = revision, Epoch = "e1" };
            answer.Instances.AddRange(request.Instances.Select(instance => new RegisteredInstance
            {
                Id = instance.Id,
                Incarnation = revision,
                BuildId = instance.BuildId,
            }));
            return answer;
        });

    public override Task<UpdateResponse> Update(UpdateRequest request, ServerCallContext context) =>
        AnswerAsync(request, () => new UpdateResponse { Revision = Next() });

    public override Task<DeregisterResponse> Deregister(DeregisterRequest request, ServerCallContext context) =>
        AnswerAsync(request, () => new DeregisterResponse { Revision = Next(), Removed = (uint)request.Instances.Count });

    public override Task<DeclareBuildsResponse> DeclareBuilds(DeclareBuildsRequest request, ServerCallContext context) =>
        AnswerAsync(request, () => new DeclareBuildsResponse { Revision = Next() });

    private long Next() => Interlocked.Increment(ref _revision);

    private Task<T> AnswerAsync<T>(IMessage request, Func<T> usual)
        where T : class, IMessage
    {
        _calls.Writer.TryWrite(request);
        return Task.FromResult(Script(request) as T ?? usual());
    }
}
