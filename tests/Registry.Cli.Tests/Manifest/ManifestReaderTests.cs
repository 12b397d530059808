using System.Collections.Immutable;
using System.Text;
using Registry.Cli.Manifest;
using Registry.Client.Leases;
using Registry.Protocol.V1;

namespace Registry.Cli.Tests.Manifest;

/// <summary>What a manifest may say, and how a complaint reads.</summary>
public sealed class ManifestReaderTests
{
    [Fact]
    public void An_instance_is_registered_as_it_is_described()
    {
        var application = Read(
            """
            { "applications": [ {
                "instances": [ {
                  "id": "orders-1",
                  "endpoints": ["grpc://10.0.0.1:50051", "http://[2001:db8::1]:8080"],
                  "zone": "eu-1a", "weight": 0, "state": "draining",
                  "metadata": { "version": "2", "empty": "" }
                } ],
                "builds": { "v2": ["orders.v1.Orders"] },
                "name": "orders", "leaseTtlSeconds": 30
            } ] }
            """).Single();

        Assert.Equal("orders", application.Name);
        Assert.Equal(TimeSpan.FromSeconds(30), application.LeaseTtl);
        var build = Assert.Single(application.Builds);
        Assert.Equal(["orders.v1.Orders"], build.Interfaces);
        var expected = new InstanceSpec
        {
            Id = "orders-1",
            Zone = "eu-1a",
            Weight = 0,
            State = InstanceState.Draining,
            BuildId = BuildId.Of(["orders.v1.Orders"]),
            Endpoints =
            {
                new Endpoint { Protocol = "grpc", Host = "10.0.0.1", Port = 50051 },
                new Endpoint { Protocol = "http", Host = "2001:db8::1", Port = 8080 },
            },
            Metadata = { ["version"] = "2", ["empty"] = "" },
        };
        Assert.Equal(expected, Assert.Single(application.Instances));
    }

    [Fact]
    public void What_is_left_out_is_left_to_the_server()
    {
        var application = Read("""{"applications":[{"name":"a","instances":[{"id":"i","endpoints":["grpc://h:1"]}]}]}""").Single();

        Assert.Equal(TimeSpan.Zero, application.LeaseTtl);
        var instance = Assert.Single(application.Instances);
        Assert.False(instance.HasWeight);
        Assert.Equal(InstanceState.Unspecified, instance.State);
        Assert.Equal("", instance.BuildId);
    }

    [Fact]
    public void Of_two_builds_each_instance_names_its_own()
    {
        var application = Read(
            """
            {"applications":[{"name":"a","builds":{"v1":["x"],"v2":["x","y"]},"instances":[
              {"id":"1","build":"v1","endpoints":["grpc://h:1"]},{"id":"2","build":"v2","endpoints":["grpc://h:2"]}]}]}
            """).Single();

        Assert.Equal(["v1", "v2"], application.BuildNames);
        Assert.Equal(application.Builds.Select(build => build.Id), application.Instances.Select(instance => instance.BuildId));
    }

    [Fact]
    public void A_byte_order_mark_does_no_harm()
    {
        byte[] text = [.. Encoding.UTF8.Preamble, .. "{\"applications\":[]}"u8];

        Assert.Empty(ManifestReader.Read("m.json", text).Applications);
    }

    [Theory]
    [InlineData(
        """{"applications":[{"name":"a","instances":[{"id":"i","wieght":3}]}]}""",
        "m.json:1: applications[0].instances[0].wieght: unknown property; expected one of id, build, endpoints, zone, weight, metadata, state")]
    [InlineData(
        """{"aplications":[]}""",
        "m.json:1: aplications: unknown property; expected one of holder, applications")]
    [InlineData(
        """{"applications":[{"name":"a","ttl":3}]}""",
        "m.json:1: applications[0].ttl: unknown property; expected one of name, leaseTtlSeconds, builds, instances")]
    [InlineData(
        "{\n\"applications\":[\n{\"name\":\"a\",\"instances\":[\n{\"id\":\"i\",\"endpoints\":[\"grpc://h:1\"],\n\"weight\":\"heavy\"}]}]}",
        "m.json:5: applications[0].instances[0].weight: expected a whole number from 0 to 10000, found \"heavy\"")]
    [InlineData(
        """{"applications":[{"name":"a","instances":[{"id":"i","endpoints":["grpc://h:1"],"weight":10001}]}]}""",
        "m.json:1: applications[0].instances[0].weight: expected a whole number from 0 to 10000, found 10001")]
    [InlineData(
        """{"applications":[{"name":"a","instances":[{"id":"i","endpoints":["grpc://h:1"],"weight":1.5}]}]}""",
        "m.json:1: applications[0].instances[0].weight: expected a whole number from 0 to 10000, found 1.5")]
    [InlineData(
        """{"applications":[{"name":"a","leaseTtlSeconds":0}]}""",
        "m.json:1: applications[0].leaseTtlSeconds: expected a whole number from 1 to 86400, found 0")]
    [InlineData(
        """{"applications":[{"name":"a","instances":[{"id":"i","endpoints":["grpc://h:99999"]}]}]}""",
        "m.json:1: applications[0].instances[0].endpoints[0]: expected an endpoint such as \"grpc://10.0.0.1:50051\", found \"grpc://h:99999\"")]
    [InlineData(
        """{"applications":[{"name":"a","instances":[{"id":"i","endpoints":[]}]}]}""",
        "m.json:1: applications[0].instances[0].endpoints: expected 1 to 16 endpoints, found 0")]
    [InlineData(
        """{"applications":[{"name":"a","instances":[{"id":"i"}]}]}""",
        "m.json:1: applications[0].instances[0]: expected \"endpoints\", a list such as [\"grpc://10.0.0.1:50051\"]")]
    [InlineData(
        """{"applications":[{"name":"a","instances":[{"endpoints":["grpc://h:1"]}]}]}""",
        "m.json:1: applications[0].instances[0]: expected \"id\", the instance's id")]
    [InlineData(
        """{"applications":[{"instances":[]}]}""",
        "m.json:1: applications[0]: expected \"name\", the application's name")]
    [InlineData(
        """{"applications":[{"name":""}]}""",
        "m.json:1: applications[0].name: expected the application's name, found an empty string")]
    [InlineData(
        """{"applications":[{"name":null}]}""",
        "m.json:1: applications[0].name: expected the application's name, found null")]
    [InlineData(
        """{"applications":[{"name":"a","instances":[{"id":"i","endpoints":["grpc://h:1"],"state":"UP"}]}]}""",
        "m.json:1: applications[0].instances[0].state: expected up, draining or down, found \"UP\"")]
    [InlineData(
        """{"applications":[{"name":"a","instances":[{"id":"i","endpoints":["grpc://h:1"],"metadata":{"a b":3}}]}]}""",
        "m.json:1: applications[0].instances[0].metadata['a b']: expected a string, found 3")]
    [InlineData(
        """{"applications":[{"name":"a","builds":{"0.1":"x"}}]}""",
        "m.json:1: applications[0].builds['0.1']: expected a list of interface names, found \"x\"")]
    [InlineData(
        """{"applications":[{"name":"a","builds":{"v1":["x"],"v2":["y"]},"instances":[{"id":"i","endpoints":["grpc://h:1"]}]}]}""",
        "m.json:1: applications[0].instances[0]: expected \"build\", one of v1, v2")]
    [InlineData(
        """{"applications":[{"name":"a","builds":{"v1":["x"]},"instances":[{"id":"i","build":"v3","endpoints":["grpc://h:1"]}]}]}""",
        "m.json:1: applications[0].instances[0].build: expected one of v1, found \"v3\"")]
    [InlineData(
        """{"applications":[{"name":"a","instances":[{"id":"i","build":"v1","endpoints":["grpc://h:1"]}]}]}""",
        "m.json:1: applications[0].instances[0].build: the application lists no \"builds\"; expected none here")]
    [InlineData(
        """{"applications":[{"name":"a"},{"name":"a"}]}""",
        "m.json:1: applications[1]: the application \"a\" is listed twice; expected each name once")]
    [InlineData(
        """{"applications":[{"name":"a","instances":[{"id":"i","endpoints":["grpc://h:1"]},{"id":"i","endpoints":["grpc://h:2"]}]}]}""",
        "m.json:1: applications[0].instances[1]: the instance \"i\" is listed twice; expected each id once")]
    [InlineData(
        """{"applications":[{"name":"a","name":"b"}]}""",
        "m.json:1: applications[0].name: is here twice; expected once")]
    [InlineData("""[]""", "m.json:1: expected an object with \"applications\", found a list")]
    [InlineData("""{}""", "m.json:1: expected \"applications\", a list")]
    [InlineData("""{"applications":{}}""", "m.json:1: applications: expected a list of applications, found an object")]
    [InlineData("""{"applications":["a"]}""", "m.json:1: applications[0]: expected an application, which is an object, found \"a\"")]
    public void A_complaint_names_the_line_the_path_and_what_is_expected(string text, string complaint) =>
        Assert.Equal(complaint, Assert.Throws<ManifestException>(() => Read(text)).Message);

    [Theory]
    [InlineData("", "m.json:1: not JSON: ")]
    [InlineData("{\n\"applications\": [\n}", "m.json:3: not JSON: ")]
    [InlineData("{\"applications\": [],}", "m.json:1: not JSON: ")]
    [InlineData("{\"applications\": []} {}", "m.json:1: not JSON: ")]
    [InlineData("// comment\n{}", "m.json:1: not JSON: ")]
    public void What_is_not_JSON_is_refused_in_one_line(string text, string start)
    {
        var message = Assert.Throws<ManifestException>(() => Read(text)).Message;

        Assert.StartsWith(start, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.DoesNotContain("BytePosition", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_is_not_UTF_8_is_refused()
    {
        byte[] text = [.. "{\"applications\":[{\"name\":\""u8, 0xC3, 0x28, .. "\"}]}"u8];

        Assert.Equal(
            "m.json:1: applications[0].name: expected text in UTF-8",
            Assert.Throws<ManifestException>(() => ManifestReader.Read("m.json", text)).Message);
    }

    [Theory]
    [InlineData("grpc://10.0.0.1:50051", "grpc", "10.0.0.1", 50051)]
    [InlineData("tri://host.example:1", "tri", "host.example", 1)]
    [InlineData("grpc://[::1]:65535", "grpc", "::1", 65535)]
    public void An_endpoint_survives_writing_and_reading(string text, string protocol, string host, int port)
    {
        Assert.True(EndpointText.TryParse(text, out var endpoint));
        Assert.Equal(new Endpoint { Protocol = protocol, Host = host, Port = (uint)port }, endpoint);
        Assert.Equal(text, EndpointText.Format(endpoint));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.1:50051")]
    [InlineData("grpc://10.0.0.1")]
    [InlineData("grpc://:50051")]
    [InlineData("grpc://10.0.0.1:0")]
    [InlineData("grpc://10.0.0.1:65536")]
    [InlineData("grpc://10.0.0.1:-1")]
    [InlineData("grpc://10.0.0.1:50051/path")]
    [InlineData("grpc://::1:50051")]
    [InlineData("grpc://[]:50051")]
    [InlineData("://10.0.0.1:50051")]
    public void What_is_not_an_endpoint_is_refused(string text) => Assert.False(EndpointText.TryParse(text, out _));

    private static ImmutableArray<ApplicationManifest> Read(string text) => ManifestReader.Read("m.json", Encoding.UTF8.GetBytes(text)).Applications;
}
