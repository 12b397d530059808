using System.Net;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Registry.Protocol.Health.V1;
using Registry.Server.Tests.Hosting;
using Registry.TestKit;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.Server.Tests.Ports;

/// <summary>Who comes to the wrong port learns which one is meant; who comes to the right one notices nothing.</summary>
public sealed class WrongPortTests
{
    private static readonly TimeSpan OpeningPatience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Http1OnTheGrpcPort_SaysWhichPortIsMeant()
    {
        await using var host = await RegistryHost.StartAsync();
        using var http = new HttpClient();

        using var response = await http.GetAsync(new Uri(host.GrpcAddress, "/livez"));

        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
        Assert.Contains($"HTTP is at {Bare(host.HttpAddress)}", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(host.Logs.Alarming);
    }

    [Fact]
    public async Task LargeHttp1RequestOnTheGrpcPort_StillGetsTheAnswer()
    {
        await using var host = await RegistryHost.StartAsync();
        using var client = await RawClient.ConnectAsync(host.GrpcAddress);

        // Closing in the face of bytes that are still to come would reset the connection, and the answer with it.
        await client.SendAsync(Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n"));
        await client.SendAsync(new byte[512 * 1024]);
        var status = await client.ReadAsync("HTTP/1.1 426".Length, "answer to a large request");
        await client.SendAsync(new byte[512 * 1024]);

        Assert.Equal("HTTP/1.1 426", Encoding.ASCII.GetString(status));
    }

    [Fact]
    public async Task GrpcOnTheHttpPort_SaysWhichPortIsMeant()
    {
        await using var host = await RegistryHost.StartAsync();
        using var channel = GrpcChannel.ForAddress(host.HttpAddress);
        var client = new Protocol.Health.V1.Health.HealthClient(channel);

        // More than once: the channel does not break on it.
        for (var i = 0; i < 3; i++)
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => client.CheckAsync(new()).ResponseAsync);
            Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
            Assert.Equal($"This is the HTTP port. gRPC is at {Bare(host.GrpcAddress)}.", error.Status.Detail);
        }

        Assert.Empty(host.Logs.Alarming);
    }

    [Fact]
    public async Task GrpcStreamOnTheHttpPort_SaysWhichPortIsMeant()
    {
        await using var host = await RegistryHost.StartAsync();
        using var channel = GrpcChannel.ForAddress(host.HttpAddress);
        using var call = new Protocol.Reflection.V1.ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo();

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default));

        Assert.Contains(Bare(host.GrpcAddress), error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManyGrpcCallsAtOnceOnTheHttpPort_AllLearnIt()
    {
        await using var host = await RegistryHost.StartAsync();
        using var channel = GrpcChannel.ForAddress(host.HttpAddress);
        var client = new Protocol.Health.V1.Health.HealthClient(channel);

        var calls = Enumerable.Range(0, 20).Select(_ => client.CheckAsync(new()).ResponseAsync).ToList();
        var errors = await Task.WhenAll(calls.Select(call => Assert.ThrowsAsync<RpcException>(() => call)));

        Assert.All(errors, error => Assert.Contains(Bare(host.GrpcAddress), error.Status.Detail, StringComparison.Ordinal));
    }

    [Fact]
    public async Task PlainHttp2OnTheHttpPort_IsToldInText()
    {
        await using var host = await RegistryHost.StartAsync();
        using var http = new HttpClient { DefaultRequestVersion = new(2, 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var response = await http.GetAsync(new Uri(host.HttpAddress, "/readyz"));

        Assert.Equal(HttpStatusCode.HttpVersionNotSupported, response.StatusCode);
        Assert.Contains("HTTP/2 is not spoken here", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GrpcWebOnTheHttpPort_SaysWhichPortIsMeant()
    {
        await using var host = await RegistryHost.StartAsync();
        using var body = new ByteArrayContent([0, 0, 0, 0, 0]);
        body.Headers.ContentType = new("application/grpc-web");

        using var response = await host.Http.PostAsync("/grpc.health.v1.Health/Check", body);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Contains(Bare(host.GrpcAddress), await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GrpcWebOnTheGrpcPort_IsUnsupportedMediaType()
    {
        await using var host = await RegistryHost.StartAsync();
        using var http = new HttpClient { DefaultRequestVersion = new(2, 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var body = new ByteArrayContent([0, 0, 0, 0, 0]);
        body.Headers.ContentType = new("application/grpc-web");

        using var response = await http.PostAsync(new Uri(host.GrpcAddress, "/grpc.health.v1.Health/Check"), body);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Theory]
    [InlineData("/grpc.health.v1.Health/Check")]
    [InlineData("/")]
    public async Task GetOnTheGrpcPort_IsNotFoundOrNotAllowed(string path)
    {
        await using var host = await RegistryHost.StartAsync();
        using var http = new HttpClient { DefaultRequestVersion = new(2, 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var response = await http.GetAsync(new Uri(host.GrpcAddress, path));

        Assert.Contains(response.StatusCode, new[] { HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed });
        Assert.Empty(host.Logs.Alarming);
    }

    [Fact]
    public async Task HttpRoutes_AreNotOnTheGrpcPort()
    {
        await using var host = await RegistryHost.StartAsync();
        using var http = new HttpClient { DefaultRequestVersion = new(2, 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var response = await http.GetAsync(new Uri(host.GrpcAddress, "/livez"));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task GrpcPrefaceByteByByte_IsServed()
    {
        await using var host = await RegistryHost.StartAsync();
        using var client = await RawClient.ConnectAsync(host.GrpcAddress);

        await client.DribbleAsync(RawClient.Http2Preface);
        await client.DribbleAsync(RawClient.EmptySettings);

        var frame = await client.ReadAsync(9, "answer to a preface that dribbles in");
        Assert.Equal(4, frame[3]);
    }

    [Fact]
    public async Task Http1RequestByteByByte_IsServedOnTheHttpPortAndToldOnTheOther()
    {
        await using var host = await RegistryHost.StartAsync();
        // P: so could a preface begin.
        var request = Encoding.ASCII.GetBytes("PUT /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        using var right = await RawClient.ConnectAsync(host.HttpAddress);
        using var wrong = await RawClient.ConnectAsync(host.GrpcAddress);

        await right.DribbleAsync(request);
        await wrong.DribbleAsync(request);

        Assert.Equal("HTTP/1.1 405", Encoding.ASCII.GetString(await right.ReadAsync(12, "answer on the HTTP port")));
        Assert.Equal("HTTP/1.1 426", Encoding.ASCII.GetString(await wrong.ReadAsync(12, "answer on the gRPC port")));
    }

    [Fact]
    public async Task Http2ByteByByteOnTheHttpPort_IsTold()
    {
        await using var host = await RegistryHost.StartAsync();
        using var client = await RawClient.ConnectAsync(host.HttpAddress);

        // HEADERS on stream 1, padded and with a priority, ends block and stream; the block begins with :method POST.
        await client.DribbleAsync(RawClient.Http2Preface);
        await client.DribbleAsync(RawClient.EmptySettings);
        await client.DribbleAsync(new byte[] { 0, 0, 9, 1, 0x4 | 0x1 | 0x8 | 0x20, 0, 0, 0, 1, 2, 0, 0, 0, 0, 16, 0x83, 0, 0 });

        var settings = await client.ReadAsync(9, "the server's SETTINGS");
        Assert.Equal(4, settings[3]);
        var acknowledged = await client.ReadAsync(9, "acknowledged SETTINGS");
        Assert.Equal((4, 1), (acknowledged[3], acknowledged[4]));
        var headers = await client.ReadAsync(9, "the answer");
        Assert.Equal((1, 0x5, 1), (headers[3], headers[4], headers[8]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("PRI * HT")]
    public async Task GrpcPrefaceThatNeverComes_EndsTheConnection(string sent)
    {
        var clock = new HeldTimers();
        await using var host = await RegistryHost.StartAsync(services: services => services.AddSingleton<TimeProvider>(clock));
        using var client = await RawClient.ConnectAsync(host.GrpcAddress);
        await client.SendAsync(Encoding.ASCII.GetBytes(sent));

        await Within.BecomesAsync("a connection that waits for its preface", 1, () => clock.Waiting(OpeningPatience));
        clock.Fire(OpeningPatience);

        Assert.Empty(await client.ReadToEndAsync("after the deadline of the preface"));
        Assert.Empty(host.Logs.Alarming);
    }

    [Fact]
    public async Task Http2OnTheHttpPortThatNeverAsks_EndsTheConnection()
    {
        var clock = new HeldTimers();
        await using var host = await RegistryHost.StartAsync(services: services => services.AddSingleton<TimeProvider>(clock));
        using var client = await RawClient.ConnectAsync(host.HttpAddress);
        await client.SendAsync(RawClient.Http2Preface);

        await Within.BecomesAsync("a connection that waits for a request", 1, () => clock.Waiting(OpeningPatience));
        clock.Fire(OpeningPatience);

        Assert.Equal(RawClient.EmptySettings, await client.ReadAsync(9, "the server's SETTINGS"));
        var goAway = await client.ReadAsync(17, "GOAWAY after the deadline of the request");
        Assert.Equal(7, goAway[3]);
    }

    [Theory]
    [InlineData(new byte[] { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01 })]
    [InlineData(new byte[] { 0x00 })]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x0D, 0x0A })]
    public async Task Garbage_HarmsNobody(byte[] garbage)
    {
        await using var host = await RegistryHost.StartAsync();
        foreach (var address in new[] { host.GrpcAddress, host.HttpAddress })
        {
            using var client = await RawClient.ConnectAsync(address);
            await client.SendAsync(garbage);
        }

        // A frame of 16 MiB - 1, announced to the one who only gives hints.
        using var announcer = await RawClient.ConnectAsync(host.HttpAddress);
        await announcer.SendAsync(RawClient.Http2Preface);
        await announcer.SendAsync(new byte[] { 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 0, 1 });
        await announcer.SendAsync(new byte[64 * 1024]);
        await announcer.ReadToEndAsync("a frame beyond all limits");

        var health = await new Protocol.Health.V1.Health.HealthClient(host.CreateChannel()).CheckAsync(new());
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
        Assert.Empty(host.Logs.Alarming);
    }

    private static string Bare(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
