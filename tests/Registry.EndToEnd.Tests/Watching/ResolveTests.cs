using Grpc.Core;
using Registry.Protocol.V1;
using Xunit;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>One-time reads.</summary>
public sealed class ResolveTests : WatchServerTest
{
    [Fact]
    public async Task Resolve_UnderConcurrentWriters_StandsAtOneRevision()
    {
        // Every build serves both interfaces, so at any one revision both map to the same applications, with the same builds.
        var lease = await GrantAsync();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(async w =>
        {
            var build = Declare.Build("x.X", "y.Y", $"only.{w}");
            var id = Declare.BuildId(build.Interfaces);
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await Registration.RegisterAsync(new RegisterRequest { Application = $"app-{w}", LeaseId = lease, Instances = { Declare.Instance("a") }, Builds = { build } });
                await Registration.DeregisterAsync(new DeregisterRequest { Application = $"app-{w}", Instances = { new InstanceRef { Id = "a" } } });
                await Registration.WithdrawBuildsAsync(new WithdrawBuildsRequest { Application = $"app-{w}", BuildIds = { id } });
            }
        }).ToArray();

        long last = 0;
        for (var i = 0; i < 1_000; i++)
        {
            var answer = await Discovery.ResolveAsync(new ResolveRequest { Interfaces = { "x.X", "y.Y" }, Applications = { "app-0" } });
            Assert.Equal(answer.Interfaces[0].Applications, answer.Interfaces[1].Applications);
            var applications = answer.Applications.ToDictionary(a => a.Application);
            foreach (var mapped in answer.Interfaces[0].Applications)
            {
                Assert.False(applications[mapped.Application].Absent, $"{mapped.Application} is mapped and absent at {answer.Sync.Revision}");
                Assert.All(applications[mapped.Application].Instances, instance => Assert.Contains(instance.BuildId, mapped.BuildIds));
            }

            // What has an instance with the build is mapped.
            Assert.All(
                answer.Applications.Where(a => a.Instances.Count > 0),
                a => Assert.Contains(answer.Interfaces[0].Applications, m => m.Application == a.Application));
            Assert.All(answer.Applications, a => Assert.True(a.To <= answer.Sync.Revision));
            Assert.True(answer.Sync.Revision >= last, $"R never falls: {answer.Sync.Revision} after {last}");
            last = answer.Sync.Revision;
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
    }

    [Fact]
    public async Task Resolve_ReadsWhatWasWritten_AndMayBeHeldToIt()
    {
        var lease = await GrantAsync();
        for (var i = 0; i < 200; i++)
        {
            var registered = await RegisterAsync(lease, "orders", $"i{i}");
            var answer = await Discovery.ResolveAsync(new ResolveRequest { Applications = { "orders" }, MinRevision = registered.Revision });
            Assert.Equal(i + 1, answer.Applications.Single().Instances.Count);
        }
    }

    [Fact]
    public async Task Watch_OpenedWithAResolvedState_GoesOnFromThere()
    {
        var lease = await GrantAsync();
        await RegisterAsync(lease, "orders", "a", "x.X");
        var answer = await Discovery.ResolveAsync(new ResolveRequest { Interfaces = { "x.X" } });
        using var call = Discovery.Watch();
        await call.RequestStream.WriteAsync(new WatchRequest
        {
            Open = new Open
            {
                Token = new ResumeToken { Epoch = answer.Sync.Epoch, Revision = answer.Sync.Revision },
                Held = { Follower.Interface("x.X"), Follower.Application("orders") },
                Subscriptions = { Follower.SubscribeTo(1, Follower.Interface("x.X")) },
            },
        });
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal(WatchResponse.KindOneofCase.Subscribed, call.ResponseStream.Current.KindCase);
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal(answer.Sync, call.ResponseStream.Current.Sync);
    }

    [Fact]
    public async Task Lists_ShowEveryName_OncePerPageWalk()
    {
        var lease = await GrantAsync();
        for (var i = 0; i < 25; i++)
            await RegisterAsync(lease, $"app-{i:00}", "a", $"x.I{i:00}");
        await RegisterAsync(lease, "zebra", "a", "z.Z");

        var names = new List<string>();
        var token = "";
        do
        {
            var page = await Discovery.ListApplicationsAsync(new ListApplicationsRequest { Prefix = "app-", PageSize = 10, PageToken = token });
            Assert.All(page.Applications, a => Assert.Equal((1u, 1u, 1u), (a.Instances, a.Up, a.Builds)));
            names.AddRange(page.Applications.Select(a => a.Name));
            token = page.NextPageToken;
        }
        while (token.Length > 0);
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"app-{i:00}"), names);

        names.Clear();
        do
        {
            var page = await Discovery.ListInterfacesAsync(new ListInterfacesRequest { PageSize = 7, PageToken = token });
            names.AddRange(page.Interfaces.Select(i => i.Name));
            token = page.NextPageToken;
        }
        while (token.Length > 0);
        Assert.Equal([.. Enumerable.Range(0, 25).Select(i => $"x.I{i:00}"), "z.Z"], names);
        Assert.Empty((await Discovery.ListInterfacesAsync(new ListInterfacesRequest { Namespace = "elsewhere" })).Interfaces);
    }
}
