using Registry.LoadTests.Clients;
using Registry.LoadTests.Servers;
using Registry.LoadTests.Verdicts;
using Registry.LoadTests.Visits;
using Registry.Protocol.V1;

namespace Registry.LoadTests.Tests.Faults;

/// <summary>An audit that finds nothing where something is wrong is worse than none.</summary>
[Collection(nameof(Alone))]
public sealed class NamespaceAuditTests
{
    private const string Space = "audited";

    [Fact]
    public async Task Audit_FindsWhatIsLost_AndWhatShouldNotBeThere()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var server = await ServerUnderLoad.StartAsync(ServerKind.Registry);
        await using var client = await LeanClients.ConnectAsync(server.GrpcEndPoint, 0, cancellationToken);
        var before = await server.GetAsync("/v1/status", cancellationToken);
        var lease = await client.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = 60_000 }, cancellationToken);
        await client.RegisterAsync(Requests.RegisterMany(Space, lease.LeaseId, "a", 2, "x.A"), cancellationToken);

        Assert.Equal(0, (await LookAsync(server, [("a", 2)], [("x.A", "a")])).Lost);

        // One more than there is, one fewer, one that is not there, one that nobody expects.
        Assert.Equal(1, (await LookAsync(server, [("a", 3)], [("x.A", "a")])).LostInstances);
        Assert.Equal(1, (await LookAsync(server, [("a", 1)], [("x.A", "a")])).Ghosts);
        Assert.Equal(1, (await LookAsync(server, [("a", 2), ("b", 1)], [("x.A", "a")])).LostInstances);
        Assert.Equal(1, (await LookAsync(server, [], [("x.A", "a")])).Ghosts);
        Assert.Equal(1, (await LookAsync(server, [("a", 2)], [("x.A", "a"), ("x.B", "a")])).LostMappings);
        Assert.Equal(1, (await LookAsync(server, [("a", 2)], [])).Ghosts);

        var left = await NamespaceAudit.ComesBackAsync(server,
            before, [("leases", "active"), ("", "instances")], TimeSpan.Zero, cancellationToken);
        Assert.Equal(["leases active: 1, and 0 before the run", "instances: 2, and 0 before the run"], left);
    }

    private static Task<AuditResult> LookAsync(ServerUnderLoad server,
        (string Name, int Instances)[] applications, (string Name, string Application)[] interfaces) =>
        NamespaceAudit.CheckAsync(
            server,
            Space,
            applications.ToDictionary(a => a.Name, a => a.Instances),
            interfaces.ToDictionary(i => i.Name, i => new HashSet<string>([i.Application])),
            TimeSpan.Zero,
            TestContext.Current.CancellationToken);
}
