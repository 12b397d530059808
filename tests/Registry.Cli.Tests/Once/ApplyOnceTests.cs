using System.Text.Json;
using Registry.Cli.Tests.Running;
using Registry.Protocol.V1;

namespace Registry.Cli.Tests.Once;

/// <summary>What <c>apply --once</c> does, what it leaves alone, and what it says of both.</summary>
public sealed class ApplyOnceTests : ServerTest
{
    private const string Two =
        """
        {"holder":"edge","applications":[{"name":"orders","builds":{"v1":["o.O"]},"instances":[
          {"id":"a","endpoints":["grpc://10.0.0.1:1"]},{"id":"b","endpoints":["grpc://10.0.0.2:1"]}]}]}
        """;

    private const string OneHeavier =
        """{"holder":"edge","applications":[{"name":"orders","builds":{"v1":["o.O"]},"instances":[{"id":"a","endpoints":["grpc://10.0.0.1:1"],"weight":7}]}]}""";

    [Fact]
    public async Task It_registers_without_a_lease_and_exits()
    {
        var lines = await RunAsync("apply - --once", Two);

        Assert.Equal(
            [
                "+ orders build v1 (1 interface)",
                "+ orders/a grpc://10.0.0.1:1 UP",
                "+ orders/b grpc://10.0.0.2:1 UP",
                "holder edge: 2 instances added, 0 changed, 0 removed, 0 unchanged; revision 1",
            ],
            lines);
        Assert.Equal([("a", "edge"), ("b", "edge")], (await ReadAsync("orders")).Select(instance => (instance.Id, instance.Holder)));
        Assert.Contains("leases        0", await RunAsync("status"));
    }

    [Fact]
    public async Task Again_it_finds_nothing_to_do_and_makes_no_revision()
    {
        await RunAsync("apply - --once", Two);

        Assert.Equal(["holder edge: 0 instances added, 0 changed, 0 removed, 2 unchanged"], await RunAsync("apply - --once", Two));

        Assert.Equal(1, await RevisionAsync());
    }

    [Fact]
    public async Task What_differs_is_told_field_by_field_and_the_rest_stays()
    {
        await RunAsync("apply - --once", Two);

        Assert.Equal(
            ["~ orders/a (weight 100 -> 7)", "holder edge: 0 instances added, 1 changed, 0 removed, 0 unchanged; revision 2"],
            await RunAsync("apply - --once", OneHeavier));

        Assert.Equal([("a", 7u, 1L), ("b", 100u, 1L)], (await ReadAsync("orders")).Select(instance => (instance.Id, instance.Weight, instance.Incarnation)));
    }

    [Fact]
    public async Task Prune_removes_what_the_manifest_does_not_name_in_all_applications()
    {
        await RunAsync("apply - --once", Two);
        await RunAsync("register billing x -e grpc://10.0.0.3:1 --once --holder edge");

        var lines = await RunAsync("apply - --once --prune", OneHeavier);

        Assert.Equal(
            [
                "~ orders/a (weight 100 -> 7)",
                "- orders/b grpc://10.0.0.2:1 UP",
                "- billing/x grpc://10.0.0.3:1 UP",
                "holder edge: 0 instances added, 1 changed, 2 removed, 0 unchanged; revision 5",
            ],
            lines);
        Assert.Equal("a", Assert.Single(await ReadAsync("orders")).Id);
        Assert.Empty(await ReadAsync("billing"));
    }

    [Fact]
    public async Task Prune_leaves_alone_what_is_somebody_elses()
    {
        await RunAsync("apply - --once", Two);
        await RunAsync("register orders other -e grpc://10.0.0.4:1 --once --holder pipeline");
        var lease = (await Registration.GrantLeaseAsync(new GrantLeaseRequest())).LeaseId;
        var leased = new InstanceSpec { Id = "leased", Endpoints = { new Endpoint { Protocol = "grpc", Host = "10.0.0.5", Port = 1 } } };
        await Registration.RegisterAsync(new RegisterRequest { Application = "orders", LeaseId = lease, Instances = { leased } });
        await RunAsync("register orders elsewhere -e grpc://10.0.0.6:1 --once --holder edge -n staging");

        await RunAsync("apply - --once --prune", OneHeavier);

        Assert.Equal(["a", "leased", "other"], (await ReadAsync("orders")).Select(instance => instance.Id));
        Assert.Single(await ReadAsync("orders", "staging"));
    }

    [Fact]
    public async Task An_instance_of_another_holder_is_taken_over_and_that_is_told()
    {
        await RunAsync("register orders a -e grpc://10.0.0.1:1 -i o.O --once --holder pipeline");

        Assert.Contains("~ orders/a (holder pipeline -> edge)", await RunAsync("apply - --once", Two));
    }

    [Fact]
    public async Task Dry_run_tells_the_difference_changes_nothing_and_ends_with_8()
    {
        Assert.Equal(
            "holder edge: 2 instances would be added, 0 changed, 0 removed, 0 unchanged",
            (await RunAsync("apply - --once --dry-run", Two, exitCode: 8))[^1]);
        Assert.Equal(0, await RevisionAsync());
        await RunAsync("apply - --once", Two);

        Assert.Single(await RunAsync("apply - --once --dry-run", Two));
        Assert.Equal(
            ["~ orders/a (weight 100 -> 7)", "- orders/b grpc://10.0.0.2:1 UP", "holder edge: 0 instances would be added, 1 changed, 1 removed, 0 unchanged"],
            await RunAsync("apply - --once --prune --dry-run", OneHeavier, exitCode: 8));
        Assert.Equal(1, await RevisionAsync());
    }

    [Fact]
    public async Task A_build_without_instances_is_declared_once()
    {
        const string Cold = """{"holder":"edge","applications":[{"name":"cold","builds":{"v1":["c.C","grpc.health.v1.Health"]}}]}""";

        Assert.Equal("+ cold build v1 (2 interfaces)", (await RunAsync("apply - --once", Cold))[0]);
        Assert.Single(await RunAsync("apply - --once --dry-run", Cold));
    }

    [Fact]
    public async Task JSON_is_one_document()
    {
        await RunAsync("apply - --once", Two);

        var text = string.Concat(await RunAsync("apply - --once --prune -o json", OneHeavier)).Replace(" ", "", StringComparison.Ordinal);

        Assert.Equal(
            """{"namespace":"default","holder":"edge","dryRun":false,"complete":true,"revision":3,"added":0,"changed":1,"removed":1,"unchanged":0,"changes":[{"change":"changed","kind":"instance","application":"orders","id":"a","fields":[{"field":"weight","before":"100","after":"7"}]},{"change":"removed","kind":"instance","application":"orders","id":"b"}]}""",
            text);
    }

    [Fact]
    public async Task The_holder_is_the_option_else_the_manifests_else_the_files_name()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var file = Path.Combine(folder.FullName, "shop.prod.json");
            await File.WriteAllTextAsync(file, """{"applications":[{"name":"orders","instances":[{"id":"a","endpoints":["grpc://10.0.0.1:1"]}]}]}""", TestContext.Current.CancellationToken);
            await RunAsync($"apply {file} --once");
            Assert.Equal("shop.prod", (await ReadAsync("orders")).Single().Holder);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        await RunAsync("apply - --once --holder mine", Two);
        Assert.Equal("mine", (await ReadAsync("orders"))[0].Holder);
        Assert.Equal(
            "registry: --holder is needed: standard input has no name, and the manifest names no \"holder\"",
            await FailAsync("apply - --once", 2, """{"applications":[]}"""));
    }

    [Fact]
    public async Task More_than_a_request_takes_is_registered_and_removed_all_the_same()
    {
        var instances = Enumerable.Range(0, 150).Select(i => $$"""{"id":"i-{{i:000}}","endpoints":["grpc://10.1.1.{{i}}:1"]}""");
        await RunAsync("apply - --once -o json", $$"""{"holder":"edge","applications":[{"name":"orders","builds":{"v1":["o.O"]},"instances":[{{string.Join(',', instances)}}]}]}""");
        Assert.Equal(150, (await ReadAsync("orders")).Count);

        var text = string.Concat(await RunAsync("apply - --once --prune -o json", """{"holder":"edge","applications":[]}"""));

        Assert.Equal(150, JsonDocument.Parse(text).RootElement.GetProperty("removed").GetInt32());
        Assert.Empty(await ReadAsync("orders"));
    }

    [Theory]
    [InlineData("""{"applications":[{"name":"fine"},{"name":"a..b"}]}""", "applications[1].name: has two dots in a row")]
    [InlineData("""{"applications":[{"name":"a","instances":[{"id":"x","endpoints":["grpc://h:1"]},{"id":"y","endpoints":["grpc://0.0.0.0:1"]}]}]}""", "applications[0].instances[1].endpoints[0].host: is the unspecified address")]
    [InlineData("""{"applications":[{"name":"a","builds":{"v1":["x..y"]}}]}""", "applications[0].builds['v1']: has two dots in a row")]
    public async Task A_value_that_the_server_refuses_is_named_by_its_path(string manifest, string complaint)
    {
        Assert.StartsWith("registry: INVALID_ARGUMENT INVALID_FIELD: " + complaint, await FailAsync("apply - --once --holder edge", 2, manifest), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--prune")]
    [InlineData("--dry-run")]
    [InlineData("--holder x")]
    public async Task Options_of_once_need_it(string option) =>
        Assert.Equal($"registry: {option.Split(' ')[0]} needs --once; see registry --help", await FailAsync($"apply - {option}", 2, Two));
}
