using Google.Protobuf;
using Grpc.Core;
using Registry.Protocol.V1;
using Xunit;

namespace Registry.EndToEnd.Tests.Registering;

/// <summary>The limits that options set, as clients meet them.</summary>
public sealed class LimitTests : ServerTest
{
    protected override IReadOnlyDictionary<string, string?> Options => new Dictionary<string, string?>
    {
        ["Limits:InstancesPerApplication"] = "3",
        ["Limits:BuildsPerApplication"] = "2",
        ["Leases:MaxLeases"] = "4",
    };

    [Fact]
    public async Task Instances_UpToTheLimit_AndReplacingIsAlwaysPossible()
    {
        var lease = await GrantAsync();
        var request = new RegisterRequest { Application = "orders", LeaseId = lease, Instances = { Declare.Instance("a"), Declare.Instance("b") } };
        await Registration.RegisterAsync(request);
        var two = new RegisterRequest { Application = "orders", LeaseId = lease, Instances = { Declare.Instance("c"), Declare.Instance("d") } };
        var refusal = await RefusedAsync(Registration.RegisterAsync(two).ResponseAsync, StatusCode.ResourceExhausted, "LIMIT_INSTANCES", "instances");
        Assert.Null(refusal.Trailers.GetValue("grpc-retry-pushback-ms"));
        await RegisterAsync(lease, "orders", "c");
        await Registration.RegisterAsync(new RegisterRequest { Application = "orders", LeaseId = lease, Instances = { Declare.Instance("a", port: 9) } });
        await RegisterAsync(lease, "payments", "d");
        Assert.Equal(4, (int)(await GetAsync("/v1/status"))["instances"]!);
    }

    [Fact]
    public async Task Builds_UpToTheLimit()
    {
        var lease = await GrantAsync();
        await RegisterAsync(lease, "orders", "a", "x.X");
        await RegisterAsync(lease, "orders", "b", "y.Y");
        var revision = await RevisionAsync();
        await RefusedAsync(RegisterAsync(lease, "orders", "c", "z.Z"), StatusCode.ResourceExhausted, "LIMIT_BUILDS", "builds");
        await RefusedAsync(
            Registration.DeclareBuildsAsync(new DeclareBuildsRequest { Application = "orders", Builds = { Declare.Build("z.Z") } }).ResponseAsync,
            StatusCode.ResourceExhausted,
            "LIMIT_BUILDS",
            "builds");
        Assert.Equal(revision, await RevisionAsync());
        await RegisterAsync(lease, "orders", "c", "x.X");
    }

    [Fact]
    public async Task Leases_UpToTheLimit_AndARevokedOneMakesRoom()
    {
        var leases = new List<ByteString>();
        for (var i = 0; i < 4; i++)
            leases.Add(await GrantAsync());
        var refusal = await RefusedAsync(GrantAsync(), StatusCode.ResourceExhausted, "LIMIT_LEASES");
        Assert.Equal("5000", refusal.Trailers.GetValue("grpc-retry-pushback-ms"));
        await Registration.RevokeLeaseAsync(new RevokeLeaseRequest { LeaseId = leases[0] });
        await GrantAsync();
    }

    [Fact]
    public async Task ChangeOfMoreThanAMegabyte_IsRefused()
    {
        // Each instance is below its own 16 KiB; together they are above the 1 MiB of one change.
        var request = new RegisterRequest { Application = "orders", LeaseId = await GrantAsync() };
        for (var i = 0; i < 3; i++)
            request.Instances.Add(Declare.Instance($"i{i}"));
        for (var b = 0; b < 5; b++)
            request.Builds.Add(Declare.Build(Enumerable.Range(0, 1000).Select(i => $"{new string('x', 240)}.{b}.{i}")));
        await RefusedAsync(Registration.RegisterAsync(request).ResponseAsync, StatusCode.ResourceExhausted, "LIMIT_CHANGE_SIZE");
        Assert.Equal(0, await RevisionAsync());
    }
}
