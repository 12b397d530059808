using Grpc.Core;
using Registry.Cli.Tests.Running;
using Registry.Client.Tests.Fakes;
using Registry.Protocol.V1;

namespace Registry.Cli.Tests.Once;

/// <summary>What <c>apply --once</c> does when the registry changes, or the user changes their mind, in the middle of it.</summary>
public sealed class ApplyOnceRaceTests : IAsyncLifetime
{
    private FakeServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await FakeServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task What_somebody_takes_over_between_the_look_and_the_removal_stays()
    {
        _server.Discovery.OnListApplications = _ => new ListApplicationsResponse
        {
            Applications = { new ListApplicationsResponse.Types.Item { Name = "orders", Instances = 3 } },
        };
        _server.Discovery.OnResolve = _ => Answer(Held("a"), Held("b"), Held("c"));
        _server.Registration.Script = call => call is DeregisterRequest request && request.Instances.Any(instance => instance.Id == "b")
            ? throw Refusal.Of(StatusCode.FailedPrecondition, "INCARNATION_SUPERSEDED", "scripted")
            : null;
        await using var run = Start("""{"holder":"edge","applications":[]}""", "--prune");

        Assert.Equal(0, await run.ExitAsync());

        Assert.Equal(
            ["- orders/a grpc://10.0.0.1:50051 UP", "- orders/c grpc://10.0.0.1:50051 UP", "holder edge: 0 instances added, 0 changed, 2 removed, 0 unchanged; revision 2"],
            run.Out.All);
        Assert.Equal(["registry: orders/b was taken over by somebody else meanwhile and stays"], run.Error.All);

        // All of them first, by the incarnations that were seen.
        Assert.All((await _server.Registration.NextAsync<DeregisterRequest>()).Instances, instance => Assert.Equal(1, instance.Incarnation));
    }

    [Fact]
    public async Task A_signal_in_the_middle_is_one_line_and_exit_code_1()
    {
        using var gate = new ManualResetEventSlim();
        _server.Discovery.OnResolve = _ => Answer();
        _server.Registration.Script = _ =>
        {
            gate.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            return null;
        };
        await using var run = Start("""{"holder":"edge","applications":[{"name":"orders","instances":[{"id":"a","endpoints":["grpc://10.0.0.1:1"]}]}]}""");
        await _server.Registration.NextAsync<RegisterRequest>();

        await run.StopAsync();

        Assert.Equal(1, await run.ExitAsync());
        gate.Set();
        Assert.Equal(["registry: interrupted before all was done"], run.Error.All);
        Assert.Empty(run.Out.All);
    }

    private static Instance Held(string id) => new(Wire.Instance(id, "")) { Holder = "edge" };

    private static ResolveResponse Answer(params Instance[] instances)
    {
        var topic = instances.Length == 0 ? Wire.NoApplication("orders") : Wire.Instances("orders", 4, instances);
        return new ResolveResponse { Applications = { topic.Application }, Sync = Wire.Sync(4).Sync };
    }

    private CliRun Start(string manifest, params string[] options) =>
        CliRun.Start(["apply", "-", "--once", "--server", _server.Address.ToString(), .. options], manifest);
}
