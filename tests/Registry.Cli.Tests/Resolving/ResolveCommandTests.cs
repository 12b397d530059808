using System.Text.Json;
using Grpc.Core;
using Registry.Cli.Tests.Running;
using Registry.Client.Tests.Fakes;
using Registry.Protocol.V1;

namespace Registry.Cli.Tests.Resolving;

/// <summary>What <c>resolve</c> makes of the server's answers.</summary>
public sealed class ResolveCommandTests : IAsyncLifetime
{
    private FakeServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await FakeServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Only_instances_that_serve_the_interface_are_printed()
    {
        Answer(
            Wire.Mapping("orders.v1.Orders", 3, "orders:new"),
            Wire.Instances("orders", 4, Wire.Instance("old-1", "old"), Wire.Instance("new-1", "new", revision: 4)));
        await using var run = Start("resolve", "orders.v1.Orders");

        Assert.Equal(0, await run.ExitAsync());

        Assert.Equal(
            [
                "INTERFACE         APPLICATION  INSTANCE  ENDPOINTS              ZONE  WEIGHT  STATE  BUILD  REVISION",
                "orders.v1.Orders  orders       new-1     grpc://10.0.0.1:50051  -     100     UP     new    4",
            ],
            run.Out.All);
        Assert.Empty(run.Error.All);
    }

    [Fact]
    public async Task An_answer_in_parts_is_put_together()
    {
        Answer(
            Wire.Mapping("x", 3, "orders:b1"),
            Wire.InstancesPart("orders", TopicMessageKind.Snapshot, 0, 3, false, true, Wire.Instance("a")),
            Wire.InstancesPart("orders", TopicMessageKind.Snapshot, 0, 3, true, false, Wire.Instance("b")));
        await using var run = Start("resolve", "x");

        Assert.Equal(0, await run.ExitAsync());

        Assert.Equal(3, run.Out.All.Count);
    }

    [Fact]
    public async Task An_unknown_name_is_exit_code_3_and_the_known_ones_are_printed_all_the_same()
    {
        Answer(Wire.Mapping("x", 3, "orders:b1"), Wire.NoMapping("y"), Wire.Instances("orders", 4, Wire.Instance("a")));
        await using var run = Start("resolve", "x", "y");

        Assert.Equal(3, await run.ExitAsync());

        Assert.Equal(2, run.Out.All.Count);
        Assert.Equal("registry: NOT_FOUND: interface y is unknown in namespace default", Assert.Single(run.Error.All));
    }

    [Fact]
    public async Task Mapped_without_instance_has_an_exit_code_of_its_own()
    {
        Answer(Wire.Mapping("x", 3, "orders:b1"), Wire.Instances("orders", 4));
        await using var run = Start("resolve", "x");

        Assert.Equal(6, await run.ExitAsync());

        Assert.Empty(run.Out.All);
        Assert.Equal(
            "registry: no instance: interface x is mapped to orders, where no instance serves it at present", Assert.Single(run.Error.All));
    }

    [Fact]
    public async Task JSON_is_one_document_with_the_whole_instance()
    {
        var instance = Wire.Instance("a", "b1", revision: 7, InstanceState.Suspect);
        instance.Zone = "eu-1a";
        instance.Metadata.Add("version", "2");
        instance.Metadata.Add("Alpha", "ä");
        Answer(Wire.Mapping("x", 3, "orders:b1"), Wire.NoMapping("y"), Wire.Instances("orders", 7, instance));
        await using var run = Start("resolve", "x", "y", "-o", "json");

        Assert.Equal(3, await run.ExitAsync());

        const string Expected =
            """
            {"namespace":"default","epoch":"e1","revision":10,"results":[
            {"kind":"interface","name":"x","status":"available","applications":["orders"],"instances":[
            {"application":"orders","id":"a","state":"SUSPECT","zone":"eu-1a","weight":100,"buildId":"b1","incarnation":1,"revision":7,
            "endpoints":[{"protocol":"grpc","host":"10.0.0.1","port":50051}],"metadata":{"Alpha":"ä","version":"2"},"holder":""}]},
            {"kind":"interface","name":"y","status":"unknown","applications":[],"instances":[]}]}
            """;
        using var actual = JsonDocument.Parse(run.Out.Text);
        // Text and not only content: the order of the fields is a promise.
        Assert.Equal(Expected.Replace("\n", "", StringComparison.Ordinal), JsonSerializer.Serialize(actual, Relaxed));
    }

    [Fact]
    public async Task Applications_are_asked_for_by_name()
    {
        ResolveRequest? asked = null;
        _server.Discovery.OnResolve = request =>
        {
            asked = request;
            return ResponseOf(Wire.Instances("orders", 4, Wire.Instance("a", "")), Wire.NoApplication("billing"));
        };
        await using var run = Start("resolve", "--application", "orders", "billing", "-n", "staging");

        Assert.Equal(3, await run.ExitAsync());

        Assert.Equal(["orders", "billing"], asked!.Applications);
        Assert.Equal("staging", asked.Namespace);
    }

    [Fact]
    public async Task Too_much_for_one_answer_is_read_by_a_watch()
    {
        _server.Discovery.OnResolve = _ => throw Refusal.Of(StatusCode.ResourceExhausted, "ANSWER_TOO_LARGE", "use Watch");
        await using var run = Start("resolve", "x");
        var stream = await _server.Discovery.NextStreamAsync();
        await stream.SendAsync(Wire.Mapping("x", 3, "orders:b1"), Wire.Sync(4));
        await stream.SendAsync(Wire.Instances("orders", 4, Wire.Instance("a")), Wire.Subscribed(1), Wire.Sync(5));

        Assert.Equal(0, await run.ExitAsync());

        Assert.Equal(2, run.Out.All.Count);
    }

    [Theory]
    [InlineData(StatusCode.InvalidArgument, "INVALID_FIELD", 2, "registry: INVALID_ARGUMENT INVALID_FIELD: interfaces[0]: scripted two lines")]
    [InlineData(StatusCode.PermissionDenied, "", 5, "registry: PERMISSION_DENIED: interfaces[0]: scripted two lines")]
    [InlineData(StatusCode.Unauthenticated, "", 5, "registry: UNAUTHENTICATED: interfaces[0]: scripted two lines")]
    [InlineData(StatusCode.Unavailable, "NOT_READY", 4, "registry: UNAVAILABLE NOT_READY: interfaces[0]: scripted two lines")]
    [InlineData(StatusCode.DataLoss, "", 1, "registry: DATA_LOSS: interfaces[0]: scripted two lines")]
    public async Task A_refusal_is_one_line_with_status_reason_and_field(StatusCode code, string reason, int exitCode, string line)
    {
        _server.Discovery.OnResolve = _ => throw Refusal.Of(code, reason, "scripted\ntwo lines", "interfaces[0]");
        await using var run = Start("resolve", "x");

        Assert.Equal(exitCode, await run.ExitAsync());

        Assert.Equal(line, Assert.Single(run.Error.All));
        Assert.Empty(run.Out.All);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_in_time_is_exit_code_4()
    {
        using var answer = new ManualResetEventSlim();
        _server.Discovery.OnResolve = _ =>
        {
            answer.Wait(Wait.Patience);
            return new ResolveResponse();
        };
        await using var run = Start("resolve", "x", "--timeout", "200ms");

        Assert.Equal(4, await run.ExitAsync());
        answer.Set();

        Assert.StartsWith("registry: DEADLINE_EXCEEDED: http://", Assert.Single(run.Error.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_from_elsewhere_can_not_steer_a_terminal()
    {
        var instance = Wire.Instance("a");
        instance.Zone = "\u001b[31mred\nline";
        Answer(Wire.Mapping("x", 3, "orders:b1"), Wire.Instances("orders", 4, instance));
        await using var run = Start("resolve", "x");

        Assert.Equal(0, await run.ExitAsync());

        Assert.DoesNotContain('\u001b', run.Out.Text);
        Assert.Equal(2, run.Out.All.Count);
    }

    private static JsonSerializerOptions Relaxed { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static ResolveResponse ResponseOf(params WatchResponse[] topics)
    {
        var response = new ResolveResponse { Sync = Wire.Sync(10).Sync };
        response.Interfaces.AddRange(topics.Select(topic => topic.Interface).OfType<InterfaceTopic>());
        response.Applications.AddRange(topics.Select(topic => topic.Application).OfType<ApplicationTopic>());
        return response;
    }

    private void Answer(params WatchResponse[] topics) => _server.Discovery.OnResolve = _ => ResponseOf(topics);

    private CliRun Start(params string[] arguments) => CliRun.Start([.. arguments, "--server", _server.Address.ToString()]);
}
