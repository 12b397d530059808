using Grpc.Core;
using Registry.Client.Registering;
using Registry.Client.Resolving;
using Registry.Client.Tests.Fakes;
using Registry.Protocol.V1;
using Registry.TestKit;

namespace Registry.Client.Tests.Registering;

/// <summary>What becomes of registrations when answers are lost, refused or late; a test writes every answer, and the clock is its own.</summary>
public sealed class KeptLeaseTests : IAsyncLifetime
{
    // Three times the shortest; sooner than anything else that is waited for.
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(300);

    private readonly DrivenTimeProvider _time = new();
    private FakeServer _server = null!;
    private RegistryClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeServer.StartAsync();
        _client = new RegistryClient(new RegistryClientOptions { Addresses = { _server.Address.ToString() } }, time: _time);
    }

    public async ValueTask DisposeAsync()
    {
        _server.Registration.Script = _ => null;
        // What still waits for another attempt, and the disposal's own patience, are of the driven clock.
        var closing = _client.DisposeAsync().AsTask();
        await Within.HoldsAsync("the client", "closed", () => closing.IsCompleted, isClosed =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return isClosed;
        });
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task HandleThatHasEnded_DoesNothingToTheOneThatCameAfterIt()
    {
        var first = _client.Register(Instance("a"));
        await Within.DeadlineAsync(first.Settled, "the first", "confirmed");
        await first.DisposeAsync();
        var second = _client.Register(Instance("a"));
        await Within.DeadlineAsync(second.Settled, "the second", "confirmed");

        await first.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => first.SetWeightAsync(7));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => first.DrainAsync());

        Assert.False(second.Ended.IsCompleted);
        await Within.DeadlineAsync(second.SetWeightAsync(8), "the second's weight", "confirmed");
        Assert.Equal(InstanceStatus.Up, second.Status);
    }

    [Fact]
    public async Task ApplicationThatTheServerStumblesOver_KeepsNoOtherOut()
    {
        _server.Registration.Script = call => call is RegisterRequest { Application: "poison" } ? throw Refusal.Of(StatusCode.Internal, "", "scripted") : null;
        var poison = _client.Register(Instance("p") with { Application = "poison" });
        var well = _client.Register(Instance("a"));
        await Within.HoldsAsync("the other", "confirmed", () => well.Settled.IsCompleted, isSettled =>
        {
            _time.Advance(FirstRetry);
            return isSettled;
        });
        Assert.False(poison.Settled.IsCompleted);
    }

    [Fact]
    public async Task IdThatIsRegisteredAgain_WhileItLeaves_IsThere()
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Registration.Script = call => call is DeregisterRequest ? Block(answer) : null;
        var first = _client.Register(Instance("a"));
        await Within.DeadlineAsync(first.Settled, "the first", "confirmed");
        var leaving = first.DeregisterAsync();
        await _server.Registration.FirstAsync<DeregisterRequest>();

        var second = _client.Register(Instance("a") with { Weight = 7 });
        await Within.DeadlineAsync(leaving, "the first", "gone");
        answer.SetResult();

        Assert.Equal(7U, Assert.Single((await _server.Registration.FirstAsync<RegisterRequest>()).Instances).Weight);
        await Within.DeadlineAsync(second.Settled, "the second", "confirmed");
        Assert.Throws<InvalidOperationException>(() => _client.Register(Instance("a")));
    }

    [Fact]
    public async Task InstanceThatLeaves_BeforeItsRegistrationIsConfirmed_GetsNoCallsOnTheWayOut()
    {
        _server.Registration.Script = call => call is RegisterRequest ? throw Refusal.Of(StatusCode.Unavailable, "OUTCOME_UNKNOWN", "") : null;
        var instance = _client.Register(Instance("a"));
        Assert.Equal(InstanceState.Up, Assert.Single((await _server.Registration.FirstAsync<RegisterRequest>()).Instances).State);
        var leaving = instance.DeregisterAsync();
        _server.Registration.Script = _ => null;
        await _time.FireWithinAsync(FirstRetry);

        // Which life it is, only a registration tells; without it a twin's might be removed.
        Assert.Equal(InstanceState.Down, Assert.Single((await _server.Registration.FirstAsync<RegisterRequest>()).Instances).State);
        Assert.NotEqual(0, Assert.Single((await _server.Registration.FirstAsync<DeregisterRequest>()).Instances).Incarnation);
        await Within.DeadlineAsync(leaving, "the instance", "gone");
    }

    [Fact]
    public async Task ChangeThatFindsItsInstanceGone_BecauseTheLeaseHasRunOut_IsMadeOnTheNextLease()
    {
        var instance = _client.Register(Instance("a"));
        await Within.DeadlineAsync(instance.Settled, "the registration", "confirmed");
        _server.Registration.Script = call => call switch
        {
            UpdateRequest => throw Refusal.Of(StatusCode.NotFound, "INSTANCE_UNKNOWN", ""),
            RenewLeaseRequest => throw Refusal.Of(StatusCode.NotFound, "LEASE_UNKNOWN", ""),
            _ => null,
        };

        await Within.DeadlineAsync(instance.SetWeightAsync(7), "the weight", "confirmed");

        await _server.Registration.FirstAsync<UpdateRequest>();
        Assert.Equal(7U, Assert.Single((await _server.Registration.FirstAsync<RegisterRequest>()).Instances).Weight);
        Assert.False(instance.Ended.IsCompleted);
    }

    [Fact]
    public async Task ChangeThatFindsItsInstanceGone_WhileTheLeaseLives_SaysThatItIsLost()
    {
        var instance = _client.Register(Instance("a"));
        await Within.DeadlineAsync(instance.Settled, "the registration", "confirmed");
        _server.Registration.Script = call => call is UpdateRequest ? throw Refusal.Of(StatusCode.NotFound, "INSTANCE_UNKNOWN", "") : null;

        await Assert.ThrowsAsync<RegistryException>(() => Wait.ForAsync(instance.SetWeightAsync(7)));

        Assert.True(instance.Ended.IsCompleted);
        Assert.Contains("deregistered", instance.Loss!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChangeThatIsRefused_LeavesTheInstanceAsItWas_AndItsOwnersStill()
    {
        var instance = _client.Register(Instance("a"));
        await Within.DeadlineAsync(instance.Settled, "the registration", "confirmed");
        _server.Registration.Script = call => call is UpdateRequest { Instances: [{ Weight: > 10_000 }] }
            ? throw Refusal.Of(StatusCode.InvalidArgument, "INVALID_FIELD", "", "instances[0].weight")
            : null;

        var refusal = await Assert.ThrowsAsync<RegistryException>(() => Wait.ForAsync(instance.SetWeightAsync(20_000)));
        Assert.Equal("instances[0].weight", refusal.Field);
        Assert.False(instance.Ended.IsCompleted);

        await Within.DeadlineAsync(instance.SetWeightAsync(8), "another weight", "confirmed");
        await instance.DisposeAsync();
        Assert.Equal("a", Assert.Single((await _server.Registration.FirstAsync<DeregisterRequest>()).Instances).Id);
    }

    [Fact]
    public async Task BuildsThatAreRefusedTogether_TakeDownNobody_ButTheirInstance()
    {
        var good = _client.Register(Instance("good") with { Interfaces = [.. Enumerable.Range(0, 1_000).Select(i => $"orders.{new string('x', 200)}{i}")] });
        _server.Registration.Script = call => call switch
        {
            DeclareBuildsRequest => throw Refusal.Of(StatusCode.InvalidArgument, "INVALID_FIELD", ""),
            RegisterRequest { Instances: [{ Id: "bad" }] } => throw Refusal.Of(StatusCode.InvalidArgument, "INVALID_FIELD", ""),
            _ => null,
        };
        await Within.DeadlineAsync(good.Settled, "the good one", "confirmed");
        var bad = _client.Register(Instance("bad") with { Interfaces = [.. Enumerable.Range(0, 1_000).Select(i => $"bad..{new string('x', 400)}{i}")] });
        var other = _client.Register(Instance("other"));

        await Assert.ThrowsAsync<RegistryException>(() => Wait.ForAsync(bad.Settled));

        await Within.DeadlineAsync(other.Settled, "the other", "confirmed");
        Assert.False(good.Ended.IsCompleted);
        Assert.Equal(1, _client.Shared.Lease.Statistics.Grants);
    }

    [Fact]
    public async Task LossOfAnEarlierLife_IsNotTheLossOfOneThatIsNotConfirmedYet()
    {
        var first = _client.Register(Instance("a"));
        await Within.DeadlineAsync(first.Settled, "the first", "confirmed");
        _server.Registration.Script = call => call switch
        {
            RenewLeaseRequest => new RenewLeaseResponse
            {
                TtlMillis = 15_000,
                Lost =
                {
                    new LostInstance
                    {
                        Namespace = "default", Application = "orders", InstanceId = "a", Incarnation = 1, Cause = LostInstance.Types.Cause.Deregistered,
                    },
                },
            },
            RegisterRequest { Instances: [{ Id: "a" }] } => throw Refusal.Of(StatusCode.Unavailable, "", ""),
            _ => null,
        };
        var sibling = _client.Register(Instance("b") with { Application = "billing" });
        await Within.DeadlineAsync(sibling.Settled, "the sibling", "confirmed");
        await _time.ArmedAsync(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(5));
        await Within.DeadlineAsync(first.Ended, "the first", "lost");

        var second = _client.Register(Instance("a"));
        await _server.Registration.FirstAsync<RenewLeaseRequest>();
        await _server.Registration.FirstAsync<RegisterRequest>();
        await _time.FireWithinAsync(FirstRetry);
        await _server.Registration.FirstAsync<RenewLeaseRequest>();
        await _server.Registration.FirstAsync<RegisterRequest>();

        Assert.False(second.Ended.IsCompleted);
    }

    [Fact]
    public async Task LeaseThatIsLetGo_StaysLetGo_ThoughAnInstanceIsAddedMeanwhile()
    {
        var lease = _client.Shared.Lease;
        Assert.True(lease.LetGo());
        await using var instance = _client.Register(Instance("a"));
        // Its loop begins another lease some time from now, and that one may hold it.
        await Within.DeadlineAsync(instance.Settled, "the registration", "confirmed");
        Assert.False(lease.LetGo());

        await instance.DeregisterAsync();
        Assert.True(lease.LetGo());
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Registration.Script = call => call is RevokeLeaseRequest ? Block(blocked) : null;
        await using var late = _client.Register(Instance("b"));
        Assert.True(lease.LetGo());
        await _time.ArmedAsync(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(5));
        await _server.Registration.FirstAsync<RevokeLeaseRequest>();
        blocked.SetResult();
        await Within.DeadlineAsync(late.Settled, "the late one", "confirmed, on the next lease");
        Assert.Equal(2, lease.Statistics.Grants);
    }

    [Fact]
    public void RegistrationWithoutAnApplication_IsRefusedBeforeItIsSent() => Assert.Equal(
        "Application", Assert.Throws<RegistryConfigurationException>(() => _client.Register(Instance("a") with { Application = null! })).Option);

    private static InstanceRegistration Instance(string id) => new()
    {
        Application = "orders",
        InstanceId = id,
        Endpoints = [new ServiceEndpoint("grpc", "10.0.0.1", 50051)],
    };

    private static Google.Protobuf.IMessage? Block(TaskCompletionSource until)
    {
#pragma warning disable xUnit1031, VSTHRD002 // The server's thread, on purpose.
        Wait.ForAsync(until.Task).GetAwaiter().GetResult();
#pragma warning restore xUnit1031, VSTHRD002
        return null;
    }
}
