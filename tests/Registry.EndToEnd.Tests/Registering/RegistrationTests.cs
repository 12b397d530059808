using Google.Protobuf;
using Grpc.Core;
using Registry.EndToEnd.Tests.Watching;
using Registry.Protocol.V1;
using Xunit;

namespace Registry.EndToEnd.Tests.Registering;

/// <summary>The promises of registration.proto.</summary>
public sealed class RegistrationTests : ServerTest
{
    [Fact]
    public async Task Instance_WentThroughItsWholeLife_IsReadAsItWasWritten()
    {
        var granted = await Registration.GrantLeaseAsync(new GrantLeaseRequest());
        Assert.Equal(16, granted.LeaseId.Length);
        Assert.Equal(15_000, granted.TtlMillis);

        var spec = new InstanceSpec
        {
            Id = "pod-1",
            Endpoints =
            {
                new Endpoint { Protocol = "grpc", Host = "192.0.2.7", Port = 1 },
                new Endpoint { Protocol = "http", Host = "2001:db8::1", Port = 65535 },
                new Endpoint { Protocol = "tri", Host = "orders-1.svc_x.local", Port = 80 },
            },
            Zone = "eu-1a",
            Weight = 0,
            Metadata = { ["version"] = "1.2", ["team/owner"] = "Grüße 😀" },
            State = InstanceState.Draining,
        };
        var registered = await Registration.RegisterAsync(new RegisterRequest
        {
            Namespace = "prod",
            Application = "orders",
            LeaseId = granted.LeaseId,
            Instances = { spec },
            Builds = { Declare.Build("b.B", "a.A") },
        });
        var one = Assert.Single(registered.Instances);
        Assert.Equal("pod-1", one.Id);
        Assert.Equal(registered.Revision, one.Incarnation);
        Assert.Equal(Declare.BuildId("a.A", "b.B"), one.BuildId);
        Assert.NotEmpty(registered.Epoch);

        var read = Assert.Single((await ResolveAsync("prod", "orders")).Instances);
        Assert.Equal(spec.Endpoints, read.Endpoints);
        Assert.Equal(spec.Metadata, read.Metadata);
        Assert.Equal("eu-1a", read.Zone);
        Assert.Equal(0u, read.Weight);
        Assert.Equal(InstanceState.Draining, read.State);
        Assert.Equal(one.BuildId, read.BuildId);
        Assert.Equal(one.Incarnation, read.Incarnation);
        Assert.Equal(registered.Revision, read.Revision);

        var updated = await Registration.UpdateAsync(new UpdateRequest
        {
            Namespace = "prod",
            Application = "orders",
            Instances =
            {
                new InstancePatch
                {
                    Id = "pod-1",
                    Incarnation = one.Incarnation,
                    State = InstanceState.Up,
                    Weight = 7,
                    Zone = "",
                    BuildId = "",
                    SetMetadata = { ["version"] = "1.3" },
                    RemoveMetadata = { "team/owner", "never-there" },
                    Endpoints = { new Endpoint { Protocol = "grpc", Host = "192.0.2.8", Port = 9 } },
                },
            },
        });
        read = Assert.Single((await ResolveAsync("prod", "orders")).Instances);
        Assert.Equal(InstanceState.Up, read.State);
        Assert.Equal(7u, read.Weight);
        Assert.Equal("", read.Zone);
        Assert.Equal("", read.BuildId);
        Assert.Equal("1.3", Assert.Single(read.Metadata).Value);
        Assert.Equal("192.0.2.8", Assert.Single(read.Endpoints).Host);
        Assert.Equal(one.Incarnation, read.Incarnation);
        Assert.Equal(updated.Revision, read.Revision);

        var deregistered = await Registration.DeregisterAsync(new DeregisterRequest
        {
            Namespace = "prod",
            Application = "orders",
            Instances = { new InstanceRef { Id = "pod-1", Incarnation = one.Incarnation } },
            LeaseId = granted.LeaseId,
        });
        Assert.Equal(1u, deregistered.Removed);
        Assert.Equal(updated.Revision + 1, deregistered.Revision);
        Assert.Empty((await ResolveAsync("prod", "orders")).Instances);
        Assert.Empty((await Registration.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = granted.LeaseId })).Lost);
    }

    [Fact]
    public async Task Weight_NotSet_IsAHundred()
    {
        await RegisterAsync(await GrantAsync(), "orders", "a");
        Assert.Equal(100u, Assert.Single((await ResolveAsync("default", "orders")).Instances).Weight);
    }

    [Fact]
    public async Task SameRequestAgain_AnswersTheSame_AndMakesNoRevision()
    {
        var request = Declare.Request(await GrantAsync(), "orders", "a", "x.X");
        var first = await Registration.RegisterAsync(request);
        var revision = await RevisionAsync();
        Assert.Equal(first, await Registration.RegisterAsync(request));
        Assert.Equal(revision, await RevisionAsync());

        var update = new UpdateRequest { Application = "orders", Instances = { new InstancePatch { Id = "a", Weight = 3 } } };
        var updated = await Registration.UpdateAsync(update);
        Assert.Equal(updated, await Registration.UpdateAsync(update));
        Assert.Equal(revision + 1, await RevisionAsync());

        var declare = new DeclareBuildsRequest { Application = "orders", Builds = { Declare.Build("y.Y") } };
        var declared = await Registration.DeclareBuildsAsync(declare);
        Assert.Equal(declared, await Registration.DeclareBuildsAsync(declare));
        Assert.Equal(revision + 2, await RevisionAsync());

        var deregister = new DeregisterRequest { Application = "orders", Instances = { new InstanceRef { Id = "a" } } };
        Assert.Equal(1u, (await Registration.DeregisterAsync(deregister)).Removed);
        Assert.Equal(0u, (await Registration.DeregisterAsync(deregister)).Removed);
        Assert.Equal(revision + 3, await RevisionAsync());
    }

    [Fact]
    public async Task Takeover_BeginsANewIncarnation_AndTheOldLeaseIsTold()
    {
        var old = await GrantAsync();
        var first = (await RegisterAsync(old, "orders", "a", "x.X")).Instances[0];
        var next = await GrantAsync();
        var second = (await RegisterAsync(next, "orders", "a", "x.X")).Instances[0];
        Assert.True(second.Incarnation > first.Incarnation);

        var expected = new LostInstance
        {
            Namespace = "default", Application = "orders", InstanceId = "a", Incarnation = first.Incarnation, Cause = LostInstance.Types.Cause.TakenOver,
        };
        Assert.Equal([expected], (await Registration.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = old })).Lost);
        Assert.Empty((await Registration.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = next })).Lost);
        var streamed = await RenewTogetherAsync(new RenewLeasesRequest { Sequence = 1, LeaseIds = { next, old } });
        Assert.Equal(2u, streamed.Renewed);
        var losses = Assert.Single(streamed.Losses);
        Assert.Equal(old, losses.LeaseId);
        Assert.Equal([expected], losses.Lost);

        // The old lease's end takes nothing along that is no longer its own.
        Assert.Equal(0u, (await Registration.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = old })).RemovedInstances);
        Assert.Single((await ResolveAsync("default", "orders")).Instances);
    }

    [Fact]
    public async Task OldIncarnation_ChangesNothingOfTheNewLife()
    {
        var first = (await RegisterAsync(await GrantAsync(), "orders", "a")).Instances[0];
        await RegisterAsync(await GrantAsync(), "orders", "a");
        var revision = await RevisionAsync();

        await RefusedAsync(
            Registration.UpdateAsync(new UpdateRequest
            {
                Application = "orders", Instances = { new InstancePatch { Id = "a", Incarnation = first.Incarnation, Weight = 1 } },
            }).ResponseAsync,
            StatusCode.FailedPrecondition,
            "INCARNATION_SUPERSEDED",
            "instances[0].incarnation");
        await RefusedAsync(
            Registration.DeregisterAsync(new DeregisterRequest
            {
                Application = "orders", Instances = { new InstanceRef { Id = "a", Incarnation = first.Incarnation } },
            }).ResponseAsync,
            StatusCode.FailedPrecondition,
            "INCARNATION_SUPERSEDED",
            "instances[0].incarnation");
        Assert.Equal(revision, await RevisionAsync());
    }

    [Fact]
    public async Task SomebodyElseDeregisters_TheLeaseIsTold()
    {
        var lease = await GrantAsync();
        var registered = (await RegisterAsync(lease, "orders", "a")).Instances[0];
        await Registration.DeregisterAsync(new DeregisterRequest { Application = "orders", Instances = { new InstanceRef { Id = "a" } } });
        var lost = Assert.Single((await Registration.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = lease })).Lost);
        Assert.Equal(LostInstance.Types.Cause.Deregistered, lost.Cause);
        Assert.Equal(registered.Incarnation, lost.Incarnation);
    }

    [Fact]
    public async Task Build_IsDeclaredUsedAndWithdrawn()
    {
        var declared = await Registration.DeclareBuildsAsync(new DeclareBuildsRequest
        {
            Application = "orders",
            Builds = { Declare.Build("b.B", "a.A", "a.A", "grpc.health.v1.Health"), Declare.Build() },
        });
        Assert.Equal([Declare.BuildId("a.A", "b.B", "grpc.health.v1.Health"), Declare.BuildId()], declared.BuildIds);

        // "Mapped, no instance" is told apart from "unknown".
        var mapped = await Discovery.ResolveAsync(new ResolveRequest { Interfaces = { "a.A", "grpc.health.v1.Health", "c.C" } });
        Assert.Equal([false, true, true], mapped.Interfaces.Select(i => i.Absent));
        Assert.Equal([declared.BuildIds[0]], Assert.Single(mapped.Interfaces[0].Applications).BuildIds);
        Assert.False(Assert.Single(mapped.Applications).Absent);

        var lease = await GrantAsync();
        await Registration.RegisterAsync(new RegisterRequest
        {
            Application = "orders", LeaseId = lease, Instances = { Declare.Instance("a", declared.BuildIds[0]) },
        });
        var withdraw = new WithdrawBuildsRequest { Application = "orders", BuildIds = { declared.BuildIds[1], declared.BuildIds[0] } };
        var revision = await RevisionAsync();
        await RefusedAsync(Registration.WithdrawBuildsAsync(withdraw).ResponseAsync, StatusCode.FailedPrecondition, "BUILD_IN_USE", "build_ids[1]");
        Assert.Equal(revision, await RevisionAsync());

        await Registration.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = lease });
        var withdrawn = await Registration.WithdrawBuildsAsync(withdraw);
        Assert.True((await Discovery.ResolveAsync(new ResolveRequest { Interfaces = { "a.A" } })).Interfaces[0].Absent);
        Assert.Equal(await RevisionAsync(), withdrawn.Revision);

        // Again: nothing is left to withdraw from.
        Assert.Equal(0, (await Registration.WithdrawBuildsAsync(withdraw)).Revision);
        Assert.Equal(withdrawn.Revision, await RevisionAsync());
    }

    [Fact]
    public async Task Build_WithAnotherIdThanItsContent_IsRefused()
    {
        var wrong = Declare.Build("x.X");
        wrong.Id = Declare.BuildId("y.Y");
        await RefusedAsync(
            Registration.DeclareBuildsAsync(new DeclareBuildsRequest { Application = "orders", Builds = { Declare.Build(), wrong } }).ResponseAsync,
            StatusCode.InvalidArgument,
            "BUILD_ID_MISMATCH",
            "builds[1].id");
        Assert.Equal(0, await RevisionAsync());
    }

    [Fact]
    public async Task Instance_OfABuildThatNobodyDeclared_IsRefused()
    {
        var lease = await GrantAsync();
        await RefusedAsync(
            Registration.RegisterAsync(new RegisterRequest
            {
                Application = "orders",
                LeaseId = lease,
                Instances = { Declare.Instance("a", Declare.BuildId("x.X")), Declare.Instance("b", Declare.BuildId("y.Y")) },
                Builds = { Declare.Build("x.X") },
            }).ResponseAsync,
            StatusCode.NotFound,
            "BUILD_UNKNOWN",
            "instances[1].build_id");
        Assert.Equal(0, await RevisionAsync());
    }

    [Fact]
    public async Task TwoBuildsInOneRequest_AnInstanceThatNamesNone_ServesNothing()
    {
        var registered = await Registration.RegisterAsync(new RegisterRequest
        {
            Application = "orders",
            LeaseId = await GrantAsync(),
            Instances = { Declare.Instance("a"), Declare.Instance("b", Declare.BuildId("x.X")) },
            Builds = { Declare.Build("x.X"), Declare.Build("y.Y") },
        });
        Assert.Equal(["", Declare.BuildId("x.X")], registered.Instances.Select(i => i.BuildId));
    }

    [Fact]
    public async Task FiftyInterfacesOfOneRequest_AppearInOneSync()
    {
        var names = Enumerable.Range(0, 50).Select(i => $"shop.v1.Service{i:00}").ToArray();
        await using var follower = Follower.Open(Discovery, [.. names.Select(n => Follower.Interface(n))]);
        await follower.UntilAsync("first answer", "fifty absent mappings", f => f.Held.Count == 50);
        var before = follower.Revision;

        var registered = await RegisterAsync(await GrantAsync(), "shop", "a", names);
        await follower.ReachesAsync(registered.Revision);
        Assert.Equal(before + 1, registered.Revision);

        // One batch: fifty mappings, and the application that they lead to.
        var batch = follower.LastBatch;
        Assert.Equal(50, batch.Count(m => m.KindCase == WatchResponse.KindOneofCase.Interface));
        Assert.Equal(1, batch.Count(m => m.KindCase == WatchResponse.KindOneofCase.Application));
        Assert.Equal(51, follower.Held.Count);
        Assert.Single(follower.Instances("shop"));
    }

    [Fact]
    public async Task RenewalsOfManyLeases_NameTheUnknownOnes_AndTheStreamGoesOn()
    {
        var leases = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => GrantAsync()));
        ByteString[] unknown = [ByteString.CopyFrom(new byte[16]), ByteString.CopyFromUtf8("short"), ByteString.Empty, ByteString.CopyFrom(new byte[17])];
        using var call = Registration.RenewLeases();
        for (ulong sequence = 7; sequence < 10; sequence++)
        {
            var request = new RenewLeasesRequest { Sequence = sequence };
            request.LeaseIds.Add(leases.Take(50).Concat(unknown).Concat(leases.Skip(50)));
            await call.RequestStream.WriteAsync(request);
            Assert.True(await call.ResponseStream.MoveNext());
            var answer = call.ResponseStream.Current;
            Assert.Equal(sequence, answer.Sequence);
            Assert.Equal(100u, answer.Renewed);
            Assert.Equal(unknown, answer.UnknownLeaseIds);
            Assert.Empty(answer.Losses);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task RenewalsOfTooManyLeases_AreRefusedWithTheField()
    {
        using var call = Registration.RenewLeases();
        await call.RequestStream.WriteAsync(new RenewLeasesRequest { LeaseIds = { Enumerable.Repeat(ByteString.Empty, 10_001) } });
        await RefusedAsync(call.ResponseStream.MoveNext(), StatusCode.InvalidArgument, "INVALID_FIELD", "lease_ids");
    }

    [Fact]
    public async Task Revoke_RemovesWhatTheLeaseHolds_OfEveryApplication()
    {
        var lease = await GrantAsync();
        await RegisterAsync(lease, "orders", "a");
        await RegisterAsync(lease, "orders", "b");
        await RegisterAsync(lease, "payments", "a");
        var revoked = await Registration.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = lease });
        Assert.Equal(3u, revoked.RemovedInstances);
        Assert.Equal(await RevisionAsync(), revoked.Revision);
        Assert.True((await ResolveAsync("default", "orders")).Absent);

        // Ended: it can't come back, and ending it again is fine.
        await RefusedAsync(
            Registration.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = lease }).ResponseAsync, StatusCode.NotFound, "LEASE_UNKNOWN", "lease_id");
        await RefusedAsync(RegisterAsync(lease, "orders", "a"), StatusCode.NotFound, "LEASE_UNKNOWN", "lease_id");
        Assert.Equal(new RevokeLeaseResponse(), await Registration.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = lease }));
        Assert.Equal(revoked.Revision, await RevisionAsync());
    }

    [Fact]
    public async Task OneBadInstanceOfMany_NothingIsRegistered()
    {
        var request = new RegisterRequest { Application = "orders", LeaseId = await GrantAsync(), Builds = { Declare.Build("x.X") } };
        for (var i = 0; i < 64; i++)
            request.Instances.Add(Declare.Instance($"i{i}", port: i == 63 ? 0u : 80u));
        await RefusedAsync(Registration.RegisterAsync(request).ResponseAsync, StatusCode.InvalidArgument, "INVALID_FIELD", "instances[63].endpoints[0].port");
        Assert.Equal(0, await RevisionAsync());
        var found = await Discovery.ResolveAsync(new ResolveRequest { Interfaces = { "x.X" }, Applications = { "orders" } });
        Assert.True(found.Interfaces[0].Absent && found.Applications[0].Absent);
    }

    [Fact]
    public async Task OneUnknownInstanceOfMany_NothingIsUpdated()
    {
        await RegisterAsync(await GrantAsync(), "orders", "a");
        var revision = await RevisionAsync();
        await RefusedAsync(
            Registration.UpdateAsync(new UpdateRequest
            {
                Application = "orders", Instances = { new InstancePatch { Id = "a", Weight = 1 }, new InstancePatch { Id = "b", Weight = 1 } },
            }).ResponseAsync,
            StatusCode.NotFound,
            "INSTANCE_UNKNOWN",
            "instances[1]");
        Assert.Equal(revision, await RevisionAsync());
    }

    [Fact]
    public async Task ManyApplicationsDeclareOneInterfaceAtOnce_AllAreInItsMapping()
    {
        // The failure that this project exists for: a union made by clients loses updates. Rounds, so that the race has its chances.
        const int Rounds = 100, Writers = 16;
        var leases = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => GrantAsync()));
        for (var round = 0; round < Rounds; round++)
        {
            var name = $"shared.v1.Round{round}";
            await Task.WhenAll(leases.Select((lease, i) => RegisterAsync(lease, $"app-{i:00}", $"r{round}", name)));
            var mapping = (await Discovery.ResolveAsync(new ResolveRequest { Interfaces = { name } })).Interfaces.Single();
            Assert.Equal(Enumerable.Range(0, Writers).Select(i => $"app-{i:00}"), mapping.Applications.Select(a => a.Application));
        }
    }

    [Fact]
    public async Task TwinsFightOverOneId_ExactlyOneIncarnationStands_AndEveryLoserIsTold()
    {
        for (var round = 0; round < 100; round++)
        {
            var id = $"r{round}";
            var leases = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => GrantAsync()));
            var lives = await Task.WhenAll(leases.Select(async lease => (await RegisterAsync(lease, "orders", id)).Instances[0].Incarnation));
            Assert.Equal(4, lives.Distinct().Count());
            var stands = (await ResolveAsync("default", "orders")).Instances.Single(i => i.Id == id).Incarnation;
            Assert.Equal(lives.Max(), stands);
            for (var i = 0; i < 4; i++)
            {
                var lost = (await Registration.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = leases[i] })).Lost;
                Assert.Equal(lives[i] == stands ? [] : new[] { lives[i] }, lost.Select(l => l.Incarnation));
            }
        }
    }

    private async Task<RenewLeasesResponse> RenewTogetherAsync(RenewLeasesRequest request)
    {
        using var call = Registration.RenewLeases();
        await call.RequestStream.WriteAsync(request);
        Assert.True(await call.ResponseStream.MoveNext());
        await call.RequestStream.CompleteAsync();
        return call.ResponseStream.Current;
    }

    private async Task<ApplicationTopic> ResolveAsync(string @namespace, string application) =>
        (await Discovery.ResolveAsync(new ResolveRequest { Namespace = @namespace, Applications = { application } })).Applications.Single();
}
