using Google.Protobuf;
using Grpc.Core;
using Registry.Client.Connecting;
using Registry.Client.Leases;
using Registry.Client.Tests.Fakes;
using Registry.Protocol.V1;
using Registry.TestKit;

namespace Registry.Client.Tests.Leases;

/// <summary>A lease and what hangs on it, over a real socket and a driven clock.</summary>
public sealed class LeaseHolderTests : IAsyncLifetime
{
    private readonly DrivenTimeProvider _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly RecordingObserver _observer = new();
    private FakeServer _server = null!;
    private RegistryConnection _connection = null!;
    private LeaseHolder _holder = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeServer.StartAsync();
        _connection = new RegistryConnection(_server.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Wait.ForAsync(_running.ContinueWith(_ => { }, TaskScheduler.Default));
        _connection.Dispose();
        await _server.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task Everything_hangs_on_the_lease_that_was_granted()
    {
        Start("a", "b");

        await _server.Registration.NextAsync<GrantLeaseRequest>();
        var register = await _server.Registration.NextAsync<RegisterRequest>();

        Assert.Equal("lease-0000000001", register.LeaseId.ToStringUtf8());
        Assert.Equal(["a", "b"], register.Instances.Select(instance => instance.Id));
        Assert.Single(register.Builds);
    }

    [Fact]
    public async Task The_lease_is_renewed_at_a_third_of_its_time_to_live()
    {
        _server.Registration.TimeToLive = TimeSpan.FromSeconds(30);
        Start("a");
        await _server.Registration.FirstAsync<RegisterRequest>();
        for (var i = 0; i < 3; i++)
        {
            await _time.ArmedAsync(TimeSpan.FromSeconds(10));
            _time.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal("lease-0000000001", (await _server.Registration.NextAsync<RenewLeaseRequest>()).LeaseId.ToStringUtf8());
        }

        await _time.ArmedAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(new LeaseStatistics(1, 0, 3, 0, 1, 0), _holder.Statistics);
    }

    [Fact]
    public async Task The_server_decides_how_long_the_lease_lives()
    {
        Start("a");
        await _server.Registration.FirstAsync<RegisterRequest>();
        _server.Registration.TimeToLive = TimeSpan.FromSeconds(6);
        await RenewAsync(TimeSpan.FromSeconds(5));

        await RenewAsync(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_lease_that_the_server_forgot_is_replaced_and_everything_registered_again()
    {
        Start("a", "b");
        await _server.Registration.FirstAsync<RegisterRequest>();
        _server.Registration.Script = call => call is RenewLeaseRequest ? throw LeaseUnknown() : null;

        await RenewAsync(TimeSpan.FromSeconds(5));

        await _server.Registration.NextAsync<GrantLeaseRequest>();
        var again = await _server.Registration.NextAsync<RegisterRequest>();
        Assert.Equal("lease-0000000002", again.LeaseId.ToStringUtf8());
        Assert.Equal(["a", "b"], again.Instances.Select(instance => instance.Id));
        Assert.Single(again.Builds);
        await _time.ArmedAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(new LeaseStatistics(2, 0, 1, 1, 2, 0), _holder.Statistics);
    }

    [Fact]
    public async Task A_lease_that_is_forgotten_during_registration_is_replaced()
    {
        var refused = false;
        _server.Registration.Script = call => call is RegisterRequest && !Interlocked.Exchange(ref refused, true) ? throw LeaseUnknown() : null;
        Start("a");

        await _server.Registration.FirstAsync<RegisterRequest>();
        await _server.Registration.NextAsync<GrantLeaseRequest>();

        Assert.Equal("lease-0000000002", (await _server.Registration.NextAsync<RegisterRequest>()).LeaseId.ToStringUtf8());
    }

    [Fact]
    public async Task An_instance_that_was_taken_over_is_never_registered_again()
    {
        Start("a", "b");
        await _server.Registration.FirstAsync<RegisterRequest>();
        _server.Registration.Script = call => call is RenewLeaseRequest ? Lost(LostInstance.Types.Cause.TakenOver, "a") : null;
        await RenewAsync(TimeSpan.FromSeconds(5));
        await RenewAsync(TimeSpan.FromSeconds(5));
        _server.Registration.Script = call => call is RenewLeaseRequest ? throw LeaseUnknown() : null;
        await RenewAsync(TimeSpan.FromSeconds(5));

        var again = await _server.Registration.FirstAsync<RegisterRequest>();

        Assert.Equal(["b"], again.Instances.Select(instance => instance.Id));
        Assert.Equal("a", Assert.Single(_observer.Lost).InstanceId);
    }

    [Fact]
    public async Task When_nothing_is_left_the_holder_stops()
    {
        Start("a", "b");
        await _server.Registration.FirstAsync<RegisterRequest>();
        _server.Registration.Script = call => call is RenewLeaseRequest ? Lost(LostInstance.Types.Cause.TakenOver, "a", "b") : null;

        await RenewAsync(TimeSpan.FromSeconds(5));

        await Wait.ForAsync(_running);
        Assert.Equal(2, _observer.Lost.Count);
    }

    [Fact]
    public async Task An_old_loss_does_not_touch_a_new_life()
    {
        Start("a");
        await _server.Registration.FirstAsync<RegisterRequest>();
        await _time.ArmedAsync(TimeSpan.FromSeconds(5));
        _server.Registration.Script = call => call is RenewLeaseRequest
            ? new RenewLeaseResponse
            {
                TtlMillis = 15_000,
                Lost = { new LostInstance { InstanceId = "a", Incarnation = 0, Cause = LostInstance.Types.Cause.TakenOver } },
            }
            : null;
        await Within.BecomesAsync("registration", false, () => _observer.Registered.IsEmpty);

        await RenewAsync(TimeSpan.FromSeconds(5));
        await RenewAsync(TimeSpan.FromSeconds(5));

        Assert.Empty(_observer.Lost);
        Assert.False(_running.IsCompleted);
    }

    [Fact]
    public async Task A_renewal_that_fails_is_tried_again_sooner_and_the_lease_is_kept()
    {
        Start("a");
        await _server.Registration.FirstAsync<RegisterRequest>();
        _server.Registration.Script = call => call is RenewLeaseRequest ? throw Refusal.Of(StatusCode.Unavailable, "NOT_READY", "") : null;
        await RenewAsync(TimeSpan.FromSeconds(5));
        for (var i = 0; i < 2; i++)
        {
            await _time.FireWithinAsync(TimeSpan.FromSeconds(5));
            await _server.Registration.NextAsync<RenewLeaseRequest>();
        }

        _server.Registration.Script = _ => null;
        await _time.FireWithinAsync(TimeSpan.FromSeconds(5));
        await _server.Registration.NextAsync<RenewLeaseRequest>();
        await _time.ArmedAsync(TimeSpan.FromSeconds(5));

        Assert.Equal(new LeaseStatistics(1, 0, 4, 3, 1, 0), _holder.Statistics);
        Assert.Equal(3, _observer.Failures.Count);
    }

    [Fact]
    public async Task A_grant_that_fails_is_tried_again()
    {
        var attempts = 0;
        _server.Registration.Script = call =>
            call is GrantLeaseRequest && Interlocked.Increment(ref attempts) <= 2 ? throw Refusal.Of(StatusCode.Unavailable, "", "") : null;
        Start("a");
        for (var i = 0; i < 2; i++)
        {
            await _server.Registration.NextAsync<GrantLeaseRequest>();
            await _time.FireWithinAsync(TimeSpan.FromSeconds(3));
        }

        await _server.Registration.NextAsync<GrantLeaseRequest>();
        await _server.Registration.NextAsync<RegisterRequest>();

        Assert.Equal((3, 2), (_holder.Statistics.Grants, _holder.Statistics.FailedGrants));
    }

    [Fact]
    public async Task Before_a_failed_registration_is_repeated_the_lease_is_asked_what_it_lost()
    {
        // The first attempt reached the server, its answer did not come back, and another process took "a" over since.
        var refused = false;
        _server.Registration.Script = call => call switch
        {
            RegisterRequest when !Interlocked.Exchange(ref refused, true) => throw Refusal.Of(StatusCode.Unavailable, "OUTCOME_UNKNOWN", ""),
            RenewLeaseRequest => Lost(LostInstance.Types.Cause.TakenOver, "a"),
            _ => null,
        };
        Start("a", "b");
        await _server.Registration.FirstAsync<RegisterRequest>();
        await _time.FireWithinAsync(TimeSpan.FromSeconds(3));

        await _server.Registration.NextAsync<RenewLeaseRequest>();
        var again = await _server.Registration.NextAsync<RegisterRequest>();

        Assert.Equal(["b"], again.Instances.Select(instance => instance.Id));
        await Within.BecomesAsync("registration of the rest", 1, () => _observer.Registered.Count);
        Assert.Equal((2, 1), (_holder.Statistics.Registrations, _holder.Statistics.FailedRegistrations));
    }

    [Fact]
    public async Task A_refusal_that_would_be_repeated_ends_the_holder()
    {
        _server.Registration.Script = call =>
            call is RegisterRequest ? throw Refusal.Of(StatusCode.PermissionDenied, "OWNER_MISMATCH", "") : null;
        Start("a");

        var refusal = await Assert.ThrowsAsync<RpcException>(() => Wait.ForAsync(_running));

        Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
    }

    [Fact]
    public async Task Stopped_it_revokes_the_lease_once()
    {
        Start("a");
        await _server.Registration.FirstAsync<RegisterRequest>();
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Wait.ForAsync(_running));

        Assert.Equal(1U, await _holder.RevokeAsync(CancellationToken.None));
        Assert.Null(await _holder.RevokeAsync(CancellationToken.None));

        Assert.Equal("lease-0000000001", (await _server.Registration.FirstAsync<RevokeLeaseRequest>()).LeaseId.ToStringUtf8());
    }

    [Fact]
    public async Task Without_a_lease_there_is_nothing_to_revoke()
    {
        _holder = new LeaseHolder(_connection.Registration, Application("a"), new LeaseOptions(), _time, new Random(1));

        Assert.Null(await _holder.RevokeAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Many_instances_go_in_requests_of_sixty_four_and_builds_with_the_first()
    {
        Start([.. Enumerable.Range(0, 150).Select(i => $"i{i:000}")]);
        await _server.Registration.NextAsync<GrantLeaseRequest>();

        RegisterRequest[] requests =
        [
            await _server.Registration.NextAsync<RegisterRequest>(),
            await _server.Registration.NextAsync<RegisterRequest>(),
            await _server.Registration.NextAsync<RegisterRequest>(),
        ];

        Assert.Equal([64, 64, 22], requests.Select(request => request.Instances.Count));
        Assert.Equal([1, 0, 0], requests.Select(request => request.Builds.Count));
        Assert.Equal(150, requests.SelectMany(request => request.Instances).DistinctBy(instance => instance.Id).Count());
    }

    [Fact]
    public async Task A_repeated_registration_sends_only_what_is_not_confirmed()
    {
        var calls = 0;
        _server.Registration.Script = call =>
            call is RegisterRequest && Interlocked.Increment(ref calls) == 2 ? throw Refusal.Of(StatusCode.Unavailable, "", "") : null;
        Start([.. Enumerable.Range(0, 100).Select(i => $"i{i:000}")]);
        await _server.Registration.FirstAsync<RegisterRequest>();
        var failed = await _server.Registration.NextAsync<RegisterRequest>();
        await _time.FireWithinAsync(TimeSpan.FromSeconds(3));

        var repeated = await _server.Registration.FirstAsync<RegisterRequest>();

        Assert.Equal(failed.Instances, repeated.Instances);
        Assert.Equal(36, repeated.Instances.Count);
    }

    [Fact]
    public async Task An_answer_that_leaves_an_instance_out_is_not_asked_for_again()
    {
        _server.Registration.Script = call => call is RegisterRequest ? new RegisterResponse { Revision = 1 } : null;

        await Application("a").RegisterAsync(ByteString.CopyFromUtf8("lease-of-a-test!"), CancellationToken.None);

        await _server.Registration.NextAsync<RegisterRequest>();
        Assert.Equal([1], _observer.Registered);
    }

    [Fact]
    public async Task Large_instances_go_in_requests_below_the_limit_of_a_change()
    {
        var application = new LeasedApplication(
            _connection.Registration,
            "default",
            "orders",
            Enumerable.Range(0, 64).Select(i =>
            {
                var spec = Spec($"i{i:00}");
                for (var key = 0; key < 5; key++)
                {
                    spec.Metadata.Add($"k{key}", new string('x', 3_000));
                }

                return spec;
            }),
            [],
            _observer);

        await application.RegisterAsync(ByteString.CopyFromUtf8("lease-of-a-test!"), CancellationToken.None);

        var sizes = new List<int>();
        for (var registered = 0; registered < 64;)
        {
            var request = await _server.Registration.NextAsync<RegisterRequest>();
            registered += request.Instances.Count;
            sizes.Add(request.CalculateSize());
        }

        Assert.True(sizes.Count > 1);
        Assert.All(sizes, size => Assert.InRange(size, 1, 1024 * 1024));
    }

    [Fact]
    public async Task More_builds_than_fit_one_request_are_declared_ahead()
    {
        var builds = Enumerable.Range(0, 100).Select(i => BuildId.Declare([$"orders.v1.Service{i}"])).ToArray();
        var application = new LeasedApplication(_connection.Registration, "default", "orders", [Spec("a")], builds, _observer);

        await application.RegisterAsync(ByteString.CopyFromUtf8("lease-of-a-test!"), CancellationToken.None);

        Assert.Equal(64, (await _server.Registration.NextAsync<DeclareBuildsRequest>()).Builds.Count);
        Assert.Equal(36, (await _server.Registration.NextAsync<DeclareBuildsRequest>()).Builds.Count);
        Assert.Empty((await _server.Registration.NextAsync<RegisterRequest>()).Builds);
    }

    private static RpcException LeaseUnknown() => Refusal.Of(StatusCode.NotFound, "LEASE_UNKNOWN", "expired");

    private static RenewLeaseResponse Lost(LostInstance.Types.Cause cause, params string[] ids)
    {
        var answer = new RenewLeaseResponse { TtlMillis = 15_000 };
        answer.Lost.AddRange(ids.Select(id => new LostInstance
        {
            Namespace = "default",
            Application = "orders",
            InstanceId = id,
            Incarnation = 1,
            Cause = cause,
        }));
        return answer;
    }

    private static InstanceSpec Spec(string id) => new()
    {
        Id = id,
        Endpoints = { new Endpoint { Protocol = "grpc", Host = "10.0.0.1", Port = 50051 } },
    };

    private LeasedApplication Application(params string[] ids) => new(
        _connection.Registration, "default", "orders", ids.Select(Spec), [BuildId.Declare(["orders.v1.Orders"])], _observer);

    private void Start(params string[] ids)
    {
        _holder = new LeaseHolder(_connection.Registration, Application(ids), new LeaseOptions(), _time, new Random(1));
        _running = _holder.RunAsync(_stop.Token);
    }

    private async Task RenewAsync(TimeSpan due)
    {
        await _time.ArmedAsync(due);
        _time.Advance(due);
        await _server.Registration.NextAsync<RenewLeaseRequest>();
    }
}
