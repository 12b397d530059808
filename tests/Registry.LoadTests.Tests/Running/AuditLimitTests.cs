using System.Net;
using Registry.LoadTests.Running;
using Registry.LoadTests.Scenarios;
using Registry.LoadTests.Servers;

namespace Registry.LoadTests.Tests.Running;

public sealed class AuditLimitTests
{
    // Registry.Server keeps the builds of those who have left for as long, unless it is told otherwise.
    private static readonly TimeSpan Retention = new Registry.Core.Instances.LimitOptions().BuildRetention;

    [Fact]
    public async Task AuditOfASoakElsewhere_MayTakeLongerThanBuildsAreKept()
    {
        var nowhere = new Uri($"http://{IPAddress.Loopback}:1");
        await using var server = await ServerUnderLoad.ConnectAsync(nowhere, nowhere);
        await using var soak = ScenarioCatalog.Find(Soak.Name)!.Create(server, ClientKind.Lean, Soak.Defaults);

        Assert.True(soak.AuditLimit > Retention + TimeSpan.FromMinutes(1), $"{soak.AuditLimit}, and builds are kept for {Retention}");
    }
}
