using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Compression;
using Registry.Compat.Tests.Harness;
using Registry.Compat.Tests.Protos;
using Xunit;

namespace Registry.Compat.Tests.Engine;

public sealed class CompressionTests
{
    private static readonly string Repetitive = new('x', 10_000);

    private readonly MessageRecorder _recorder = new();

    [Theory(Timeout = Limits.Test)]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task ACompressedRequest_ArrivesWhole(string encoding)
    {
        await using var server = await ProbeServer.StartAsync(new ProbeServerOptions { Recorder = _recorder, Grpc = AddDeflate });
        var client = server.OpenClient(new GrpcChannelOptions { CompressionProviders = Providers });
        var headers = new Metadata { { "grpc-internal-encoding-request", encoding } };
        Assert.Equal(Repetitive, (await client.EchoAsync(new ProbeMessage { Text = Repetitive }, Limits.Call(headers))).Text);
        var call = Assert.Single(_recorder.Calls);
        Assert.Equal(encoding, call.RequestEncoding);
        AssertCompressed(call.Request);
        AssertPlain(call.Response);
    }

    [Theory(Timeout = Limits.Test)]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task ACompressedResponse_ArrivesWhole(string encoding)
    {
        await using var server = await ProbeServer.StartAsync(Compressing(encoding));
        var client = server.OpenClient(new GrpcChannelOptions { CompressionProviders = Providers });
        Assert.Equal(Repetitive, (await client.EchoAsync(new ProbeMessage { Text = Repetitive }, Limits.Call())).Text);
        var call = Assert.Single(_recorder.Calls);
        Assert.Equal(encoding, call.ResponseEncoding);
        AssertPlain(call.Request);
        AssertCompressed(call.Response);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task NoCompress_SendsOneMessagePlain()
    {
        await using var server = await ProbeServer.StartAsync(Compressing("gzip") with
        {
            Handlers = new ProbeHandlers
            {
                Echo = (request, context) =>
                {
                    context.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
                    return Task.FromResult(request);
                },
            },
        });
        var response = await server.OpenClient().EchoAsync(new ProbeMessage { Text = Repetitive }, Limits.Call());
        Assert.Equal(Repetitive, response.Text);
        AssertPlain(Assert.Single(_recorder.Calls).Response);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task NoCompress_OfTheClient_SendsTheRequestPlain()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeServerOptions { Recorder = _recorder });
        var options = Limits.Call(new Metadata { { "grpc-internal-encoding-request", "gzip" } })
            .WithWriteOptions(new WriteOptions(WriteFlags.NoCompress));
        await server.OpenClient().EchoAsync(new ProbeMessage { Text = Repetitive }, options);
        var call = Assert.Single(_recorder.Calls);
        Assert.Equal("gzip", call.RequestEncoding);
        AssertPlain(call.Request);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AnEncodingThatTheServerLacks_IsUnimplemented()
    {
        await using var server = await ProbeServer.StartAsync();
        var response = await RawCall.SendCompressedAsync(
            server.Address, "/compat.test.v1.Probe/Echo", [1, 2, 3], ("grpc-encoding", "no-such-encoding"));
        Assert.Equal("12", response["grpc-status"]);
        Assert.Contains("gzip", response["grpc-accept-encoding"], StringComparison.Ordinal);
    }

    private static List<ICompressionProvider> Providers =>
        [new GzipCompressionProvider(CompressionLevel.Fastest), new DeflateCompressionProvider(CompressionLevel.Fastest)];

    private static void AddDeflate(Grpc.AspNetCore.Server.GrpcServiceOptions options)
    {
        options.CompressionProviders.Clear();
        Providers.ForEach(options.CompressionProviders.Add);
    }

    private static void AssertCompressed(byte[] message)
    {
        Assert.Equal(1, message[0]);
        Assert.InRange(message.Length, 6, Repetitive.Length / 10);
    }

    private static void AssertPlain(byte[] message)
    {
        Assert.Equal(0, message[0]);
        Assert.InRange(message.Length, Repetitive.Length, Repetitive.Length + 20);
    }

    private ProbeServerOptions Compressing(string encoding) => new()
    {
        Recorder = _recorder,
        Grpc = options =>
        {
            AddDeflate(options);
            options.ResponseCompressionAlgorithm = encoding;
            options.ResponseCompressionLevel = CompressionLevel.Optimal;
        },
    };
}
