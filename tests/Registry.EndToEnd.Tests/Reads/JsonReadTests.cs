using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Registry.Protocol.V1;
using Xunit;

namespace Registry.EndToEnd.Tests.Reads;

/// <summary>Reads over HTTP.</summary>
public sealed class JsonReadTests : ServerTest
{
    [Fact]
    public async Task Interface_IsJoined_OnlyInstancesThatServeItAreListed()
    {
        // A rolling upgrade: the old build serves x.X, the new one y.Y as well.
        var lease = await GrantAsync();
        await RegisterAsync(lease, "orders", "old", "x.X");
        await RegisterAsync(lease, "orders", "new", "x.X", "y.Y");
        await RegisterAsync(lease, "payments", "a", "y.Y");
        await RegisterAsync(lease, "orders", "neither");
        await Registration.DeclareBuildsAsync(new DeclareBuildsRequest { Application = "idle", Builds = { Declare.Build("x.X") } });

        var x = await GetAsync("/v1/interfaces/x.X");
        Assert.Equal(["idle: ", "orders: new old"], Members(x));
        Assert.Equal(["orders: new", "payments: a"], Members(await GetAsync("/v1/interfaces/y.Y")));
        Assert.Equal("default", (string)x["namespace"]!);
        Assert.Equal("x.X", (string)x["interface"]!);
        Assert.Equal(await RevisionAsync(), (long)x["revision"]!);
        Assert.Equal(3, (await GetAsync("/v1/applications/orders"))["instances"]!.AsArray().Count);
    }

    [Fact]
    public async Task Status_CountsTheConnectionsThatKestrelHas()
    {
        // The first is the one on which this is asked.
        Assert.Equal(1, await StatusAsync("connections", "now"));
        var sockets = new List<Socket>();
        for (var i = 0; i < 5; i++)
        {
            sockets.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            await sockets[^1].ConnectAsync(IPEndPoint.Parse(Host.GrpcAddress.Authority));
        }

        await StatusBecomesAsync("connections", "now", 6);
        sockets.ForEach(socket => socket.Dispose());
        await StatusBecomesAsync("connections", "now", 1);
        Assert.Equal((6, 6), (await StatusAsync("connections", "peak"), await StatusAsync("connections", "total")));
    }

    [Fact]
    public async Task Namespaces_AreApart()
    {
        var lease = await GrantAsync();
        foreach (var name in new[] { "default", "prod", "Prod" })
        {
            var request = Declare.Request(lease, "orders", $"in-{name}", "x.X");
            request.Namespace = name;
            await Registration.RegisterAsync(request);
        }

        foreach (var name in new[] { "default", "prod", "Prod" })
        {
            Assert.Equal([$"orders: in-{name}"], Members(await GetAsync($"/v1/interfaces/x.X?namespace={name}")));
            Assert.Equal($"in-{name}", (string)(await GetAsync($"/v1/applications/orders?namespace={name}"))["instances"]![0]!["id"]!);
            Assert.Single((await GetAsync($"/v1/applications?namespace={name}"))["applications"]!.AsArray());
        }

        Assert.Equal(["orders: in-default"], Members(await GetAsync("/v1/interfaces/x.X")));
        Assert.Empty((await GetAsync("/v1/interfaces?namespace=empty"))["interfaces"]!.AsArray());
    }

    [Fact]
    public async Task Lists_AreWalkedPageByPage()
    {
        var lease = await GrantAsync();
        for (var i = 0; i < 25; i++)
            await RegisterAsync(lease, $"app-{i:00}", "a", $"x.I{i:00}");
        foreach (var (list, prefix) in new[] { ("applications", "app-"), ("interfaces", "x.I") })
        {
            var names = new List<string>();
            string? token = "";
            while (token is not null)
            {
                var page = await GetAsync($"/v1/{list}?prefix={prefix}&pageSize=10&pageToken={token}");
                names.AddRange(page[list]!.AsArray().Select(i => (string)i!["name"]!));
                token = (string?)page["nextPageToken"] is { Length: > 0 } next ? next : null;
            }

            Assert.Equal(Enumerable.Range(0, 25).Select(i => $"{prefix}{i:00}"), names);
        }

        var counts = (await GetAsync("/v1/applications?pageSize=1"))["applications"]![0]!;
        Assert.Equal((1, 1, 1), ((int)counts["instances"]!, (int)counts["up"]!, (int)counts["builds"]!));
    }

    [Theory]
    [InlineData("/v1/interfaces/nobody", HttpStatusCode.NotFound, "NAME_UNKNOWN", "name")]
    [InlineData("/v1/applications/nobody", HttpStatusCode.NotFound, "NAME_UNKNOWN", "name")]
    [InlineData("/v1/applications/orders?namespace=elsewhere", HttpStatusCode.NotFound, "NAME_UNKNOWN", "name")]
    [InlineData("/v1/applications/a..b", HttpStatusCode.BadRequest, "INVALID_FIELD", "name")]
    [InlineData("/v1/applications/a%2fb", HttpStatusCode.BadRequest, "INVALID_FIELD", "name")]
    [InlineData("/v1/applications/%c3%28", HttpStatusCode.BadRequest, "INVALID_FIELD", "name")]
    [InlineData("/v1/interfaces/a%20b", HttpStatusCode.BadRequest, "INVALID_FIELD", "name")]
    [InlineData("/v1/interfaces/x.X?namespace=a/b", HttpStatusCode.BadRequest, "INVALID_FIELD", "namespace")]
    [InlineData("/v1/interfaces?namespace=%00", HttpStatusCode.BadRequest, "INVALID_FIELD", "namespace")]
    [InlineData("/v1/applications?namespace=a&namespace=b", HttpStatusCode.BadRequest, "INVALID_FIELD", "namespace")]
    [InlineData("/v1/applications?pageSize=1001", HttpStatusCode.BadRequest, "INVALID_FIELD", "pageSize")]
    [InlineData("/v1/applications?pageSize=-1", HttpStatusCode.BadRequest, "INVALID_FIELD", "pageSize")]
    [InlineData("/v1/applications?pageSize=many", HttpStatusCode.BadRequest, "INVALID_FIELD", "pageSize")]
    [InlineData("/v1/interfaces?pageSize=99999999999999999999", HttpStatusCode.BadRequest, "INVALID_FIELD", "pageSize")]
    public async Task WhatIsNotThereOrWrong_IsAnsweredWithReasonAndField(string path, HttpStatusCode status, string reason, string field)
    {
        await RegisterAsync(await GrantAsync(), "orders", "a", "x.X");
        using var response = await Host.Http.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal(reason, (string)error["reason"]!);
        Assert.Equal(field, (string)error["field"]!);
        Assert.NotEmpty((string)error["message"]!);
    }

    [Fact]
    public async Task Names_DifferInCase()
    {
        var lease = await GrantAsync();
        await RegisterAsync(lease, "orders", "lower");
        await RegisterAsync(lease, "Orders", "upper");
        Assert.Equal("upper", (string)(await GetAsync("/v1/applications/Orders"))["instances"]![0]!["id"]!);
        Assert.Equal("lower", (string)(await GetAsync("/v1/applications/orders"))["instances"]![0]!["id"]!);
    }

    private static string[] Members(JsonNode @interface) =>
    [
        .. @interface["applications"]!.AsArray().Select(a => $"{a!["application"]}: {string.Join(' ', a["instances"]!.AsArray().Select(i => (string)i!["id"]!))}"),
    ];
}
