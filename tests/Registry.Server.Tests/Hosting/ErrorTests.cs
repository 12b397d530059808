using System.IO.Compression;
using System.Net.Http.Headers;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Registry.Server.Tests.Protos;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.Server.Tests.Hosting;

/// <summary>What a client is told when something goes wrong, and what it is not told.</summary>
public sealed class ErrorTests
{
    [Fact]
    public async Task UnforeseenException_IsInternalWithoutItsTextAndLoggedOnce()
    {
        await using var host = await StartAsync();
        var client = new Misbehaving.MisbehavingClient(host.CreateChannel());

        var error = await Assert.ThrowsAsync<RpcException>(() => client.ThrowAsync(new()).ResponseAsync);

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.Equal("internal error; the server's log has more", error.Status.Detail);
        AssertLoggedOnce(host);
    }

    [Fact]
    public async Task UnforeseenExceptionInAStream_IsInternalWithoutItsTextAndLoggedOnce()
    {
        await using var host = await StartAsync();
        using var call = new Misbehaving.MisbehavingClient(host.CreateChannel()).ThrowLate(new());

        Assert.True(await call.ResponseStream.MoveNext(default));
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default));

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.DoesNotContain(MisbehavingService.Secret, error.Status.Detail, StringComparison.Ordinal);
        AssertLoggedOnce(host);
    }

    [Theory]
    [InlineData("/registry.tests.Misbehaving/Nope")]
    [InlineData("/registry.tests.Nope/Throw")]
    [InlineData("/registry.tests.Misbehaving/Throw/more")]
    [InlineData("/registry.tests.Misbehaving%2FThrow")]
    public async Task UnknownMethodOrService_IsUnimplementedOrNotFound(string path)
    {
        await using var host = await StartAsync();

        using var response = await PostAsync(host, path, [0, 0, 0, 0, 0]);

        var status = StatusOf(response);
        Assert.True(status == StatusCode.Unimplemented || (int)response.StatusCode == 404, $"{response.StatusCode} {status}");
        Assert.Empty(host.Logs.Alarming);
    }

    // A length-delimited field that claims more than there is; a message that claims more than follows; an unknown wire type.
    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0, 2, 0x0A, 0xFF })]
    [InlineData(new byte[] { 0, 0, 0, 0, 9, 0x0A })]
    [InlineData(new byte[] { 0, 0, 0, 0, 1, 0x07 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 1, 0x07 })]
    public async Task MalformedMessage_IsInternalWithoutAlarm(byte[] body)
    {
        await using var host = await StartAsync();

        using var response = await PostAsync(host, "/registry.tests.Misbehaving/Throw", body);

        Assert.Equal(StatusCode.Internal, StatusOf(response));
        Assert.Empty(host.Logs.Alarming);
    }

    [Fact]
    public async Task MalformedMessageInAStream_IsInternalWithoutAlarm()
    {
        await using var host = await StartAsync();

        using var response = await PostAsync(host, "/registry.tests.Misbehaving/Read", [0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x0A, 0xFF]);

        Assert.Equal(StatusCode.Internal, StatusOf(response));
        Assert.Empty(host.Logs.Alarming);
    }

    [Fact]
    public async Task MessageBeyondTheLimit_IsResourceExhausted()
    {
        await using var host = await StartAsync();
        var client = new Misbehaving.MisbehavingClient(host.CreateChannel());
        var large = new Anything { Bytes = Google.Protobuf.ByteString.CopyFrom(new byte[5 * 1024 * 1024]) };

        var error = await Assert.ThrowsAsync<RpcException>(() => client.ThrowAsync(large).ResponseAsync);

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Empty(host.Logs.Alarming);
    }

    // Declared and not sent: refused on the declaration. From 2 GiB on the engine takes the number for nonsense.
    [Theory]
    [InlineData(0x7F, StatusCode.ResourceExhausted)]
    [InlineData(0xFF, StatusCode.Internal)]
    public async Task DeclaredLengthBeyondTheLimit_IsRefusedBeforeItIsThere(byte highest, StatusCode expected)
    {
        await using var host = await StartAsync();

        using var response = await PostAsync(host, "/registry.tests.Misbehaving/Throw", [0, highest, 0xFF, 0xFF, 0xFF, 1, 2, 3]);

        Assert.Equal(expected, StatusOf(response));
        Assert.Empty(host.Logs.Alarming);
    }

    [Fact]
    public async Task MessageThatInflatesBeyondTheLimit_IsResourceExhausted()
    {
        await using var host = await StartAsync();
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            await gzip.WriteAsync(new byte[64 * 1024 * 1024]);
        var length = (int)packed.Length;
        byte[] body = [1, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length, .. packed.ToArray()];

        using var response = await PostAsync(host, "/registry.tests.Misbehaving/Throw", body, "gzip");

        Assert.Equal(StatusCode.ResourceExhausted, StatusOf(response));
    }

    [Fact]
    public async Task ClientThatHangsUp_RaisesNoAlarm()
    {
        await using var host = await StartAsync();
        using (var call = new Misbehaving.MisbehavingClient(host.CreateChannel()).Hang(new()))
            Assert.True(await call.ResponseStream.MoveNext(default));

        await host.StopAsync();

        Assert.Empty(host.Logs.Alarming);
    }

    private static Task<RegistryHost> StartAsync() =>
        RegistryHost.StartAsync(endpoints: map => map.MapGrpcService<MisbehavingService>());

    private static void AssertLoggedOnce(RegistryHost host)
    {
        var record = Assert.Single(host.Logs.Alarming);
        Assert.Equal("CallFailed", record.Event);
        Assert.Equal(LogLevel.Error, record.Level);
        Assert.Equal(MisbehavingService.Secret, record.Exception!.Message);
    }

    private static async Task<HttpResponseMessage> PostAsync(RegistryHost host, string path, byte[] body, string? encoding = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.GrpcAddress, path))
        {
            Version = new(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
        };
        if (encoding is not null)
            request.Headers.Add("grpc-encoding", encoding);
        var response = await http.SendAsync(request);
        await response.Content.LoadIntoBufferAsync();
        return response;
    }

    private static StatusCode? StatusOf(HttpResponseMessage response) =>
        response.TrailingHeaders.TryGetValues("grpc-status", out var values) || response.Headers.TryGetValues("grpc-status", out values)
            ? (StatusCode)int.Parse(values.Single(), System.Globalization.CultureInfo.InvariantCulture)
            : null;
}
