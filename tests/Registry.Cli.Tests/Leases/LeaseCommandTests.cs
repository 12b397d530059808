using Google.Protobuf;
using Registry.Cli.Tests.Running;
using Registry.Protocol.V1;

namespace Registry.Cli.Tests.Leases;

/// <summary>What an operator sees of leases, and how one is ended.</summary>
public sealed class LeaseCommandTests : ServerTest
{
    [Fact]
    public async Task List_shows_each_lease_and_whose_instances_hang_on_it()
    {
        await HoldAsync("orders", "a", "b", "c", "d");
        await HoldAsync("billing", "x");

        var lines = await RunAsync("lease list");
        var ofBilling = await RunAsync("lease list --application billing");

        Assert.Matches("^LEASE  +STATE  +TTL  +LEFT  +INSTANCES  APPLICATIONS$", lines[0]);
        Assert.Equal(3, lines.Count);
        Assert.Single(lines, line => line.EndsWith("4          orders", StringComparison.Ordinal));
        Assert.Matches("^[0-9a-f]{16}  ACTIVE  1h   [0-9m]+s? +1          billing$", Assert.Single(ofBilling.Skip(1)));
        Assert.Single(await RunAsync("lease list --application nobody"));
    }

    [Fact]
    public async Task Revoke_removes_what_hangs_on_that_lease_alone()
    {
        await HoldAsync("orders", "a", "b");
        await HoldAsync("billing", "x");
        var id = (await RunAsync("lease list --application orders"))[1].Split(' ')[0];

        Assert.Equal([$"revoked {id}: 2 instances removed, revision 3"], await RunAsync($"lease revoke {id[..12]}"));

        Assert.Empty(await ReadAsync("orders"));
        Assert.Single(await ReadAsync("billing"));
        Assert.Equal($"registry: NOT_FOUND LEASE_UNKNOWN: id: no lease begins with {id}; it has expired or never was", await FailAsync($"lease revoke {id}", 3));
    }

    [Fact]
    public async Task JSON_tells_the_whole()
    {
        await HoldAsync("orders", "a");
        var text = string.Concat(await RunAsync("lease list -o json")).Replace(" ", "", StringComparison.Ordinal);

        Assert.Matches(
            """^\{"leases":\[\{"id":"[0-9a-f]{16}","state":"ACTIVE","ttlMillis":3600000,"remainingMillis":35\d{5},"instanceCount":1,"instances":\[\{"namespace":"default","application":"orders","id":"a"\}\]\}\]\}$""",
            text);
        var id = text.Split('"')[5];
        Assert.Equal(
            $$"""{"id":"{{id}}","removed":1,"revision":2}""",
            string.Concat(await RunAsync($"lease revoke {id} -o json")).Replace(" ", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("abc", "id: has 3 characters; at least 4 are needed")]
    [InlineData("GHIJ", "id: is not the public id of a lease, or its beginning: at most 16 hex digits in lower case")]
    public async Task What_is_no_id_is_one_line(string id, string complaint) =>
        Assert.Equal($"registry: INVALID_ARGUMENT INVALID_FIELD: {complaint}", await FailAsync($"lease revoke {id}", 2));

    private async Task<ByteString> HoldAsync(string application, params string[] ids)
    {
        var lease = (await Registration.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = 3_600_000 })).LeaseId;
        var request = new RegisterRequest { Application = application, LeaseId = lease };
        request.Instances.AddRange(ids.Select(id => new InstanceSpec { Id = id, Endpoints = { new Endpoint { Protocol = "grpc", Host = "10.0.0.1", Port = 1 } } }));
        await Registration.RegisterAsync(request);
        return lease;
    }
}
