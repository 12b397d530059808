using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;
using Registry.Compat.Tests.Harness;
using Registry.Compat.Tests.Protos;
using Xunit;

namespace Registry.Compat.Tests.Python;

/// <summary>The server against a client that shares no code with it.</summary>
public sealed class PythonClientTests
{
    private static readonly byte[] EveryByte = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];

    private readonly Signal _started = new();
    private readonly Signal _cancelled = new();

    [Fact(Timeout = Limits.Test)]
    public async Task Unary_ReturnsTheResponse()
    {
        await using var server = await ProbeServer.StartAsync();
        var result = await PythonClient.CallAsync(server.Target, "unary", "grüße");
        Assert.Equal(("OK", "grüße"), (result.Code, result.Response?.Text));
    }

    [Fact(Timeout = Limits.Test)]
    public async Task ClientStreaming_DeliversEveryRequestInOrder()
    {
        await using var server = await ProbeServer.StartAsync();
        var result = await PythonClient.CallAsync(server.Target, "client_stream", "one two three");
        Assert.Equal(("OK", "one two three"), (result.Code, result.Response?.Text));
    }

    [Fact(Timeout = Limits.Test)]
    public async Task ServerStreaming_DeliversEveryResponseInOrder()
    {
        await using var server = await ProbeServer.StartAsync();
        var result = await PythonClient.CallAsync(server.Target, "server_stream", "one two three");
        Assert.Equal("OK", result.Code);
        Assert.Equal(["one", "two", "three"], result.Responses!);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task Duplex_AnswersWhileRequestsStillCome()
    {
        await using var server = await ProbeServer.StartAsync();
        var result = await PythonClient.CallAsync(server.Target, "duplex", "one two three");
        Assert.Equal("OK", result.Code);
        Assert.Equal(["one", "two", "three"], result.Responses!);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task RequestHeaders_ReachTheHandler()
    {
        Metadata? seen = null;
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Echo = (request, context) =>
            {
                seen = context.RequestHeaders;
                return Task.FromResult(request);
            },
        });
        var result = await PythonClient.CallAsync(server.Target, "headers");
        Assert.Equal("OK", result.Code);
        Assert.NotNull(seen);
        Assert.Equal(["one", "two"], seen.GetAll("tag").SelectMany(entry => entry.Value.Split(',', StringSplitOptions.TrimEntries)));
        Assert.Equal(EveryByte, seen.GetValueBytes("raw-bin"));
        Assert.Empty(seen.GetValueBytes("none-bin")!);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task HeadersAndTrailers_ReachTheClient()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Echo = async (request, context) =>
            {
                await context.WriteResponseHeadersAsync(new Metadata { { "version", "7" }, { "raw-bin", EveryByte } });
                context.ResponseTrailers.Add("count", "3");
                context.ResponseTrailers.Add("sum-bin", EveryByte);
                return request;
            },
        });
        var result = await PythonClient.CallAsync(server.Target, "unary", "x");
        Assert.Equal("OK", result.Code);
        Assert.Equal("7", result.Header("version"));
        Assert.Equal(EveryByte, result.HeaderBytes("raw-bin"));
        Assert.Equal("3", result.Trailer("count"));
        Assert.Equal(EveryByte, result.TrailerBytes("sum-bin"));
    }

    [Theory(Timeout = Limits.Test)]
    [InlineData(StatusCode.NotFound, "NOT_FOUND", "100 % sure")]
    [InlineData(StatusCode.FailedPrecondition, "FAILED_PRECONDITION", "façade – ünïcode 漢字")]
    [InlineData(StatusCode.Unauthenticated, "UNAUTHENTICATED", "line\nbreak")]
    public async Task AThrownStatus_ReachesTheClientAsItIs(StatusCode code, string name, string text)
    {
        var trailers = new Metadata { { "reason", "test" }, { "reason-bin", EveryByte } };
        await using var server = await ProbeServer.StartAsync(
            new ProbeHandlers { Echo = (_, _) => throw new RpcException(new Status(code, text), trailers) });
        var result = await PythonClient.CallAsync(server.Target, "unary", "x");
        Assert.Equal((name, text), (result.Code, result.Details));
        Assert.Equal("test", result.Trailer("reason"));
        Assert.Equal(EveryByte, result.TrailerBytes("reason-bin"));
    }

    [Fact(Timeout = Limits.Test)]
    public async Task AnErrorAfterResponses_ComesAfterThem()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Expand = async (request, responses, _) =>
            {
                await responses.WriteAsync(request);
                throw new RpcException(new Status(StatusCode.DataLoss, "and then it broke"));
            },
        });
        var result = await PythonClient.CallAsync(server.Target, "server_stream", "first");
        Assert.Equal(["first"], result.Responses!);
        Assert.Equal(("DATA_LOSS", "and then it broke"), (result.Code, result.Details));
    }

    [Fact(Timeout = Limits.Test)]
    public async Task Deadline_ExpiresOnBothSides()
    {
        DateTime? deadline = null;
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Echo = async (request, context) =>
            {
                deadline = context.Deadline;
                await UntilCancelledAsync(context);
                return request;
            },
        });
        var result = await PythonClient.CallAsync(server.Target, "deadline", "1.5");
        Assert.Equal("DEADLINE_EXCEEDED", result.Code);
        await _cancelled.WaitAsync();
        Assert.NotNull(deadline);
        Assert.NotEqual(DateTime.MaxValue, deadline);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task CancellingACall_IsSeenByTheServer()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeHandlers
        {
            Expand = async (_, responses, context) =>
            {
                await responses.WriteAsync(new ProbeMessage { Text = "first" });
                await UntilCancelledAsync(context);
            },
        });
        var result = await PythonClient.CallAsync(server.Target, "cancel");
        Assert.Equal("CANCELLED", result.Code);
        Assert.Equal(["first"], result.Responses!);
        await _started.WaitAsync();
        await _cancelled.WaitAsync();
    }

    [Theory(Timeout = Limits.Test)]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Compression_WorksInBothDirections(string encoding)
    {
        var recorder = new MessageRecorder();
        await using var server = await ProbeServer.StartAsync(new ProbeServerOptions
        {
            Recorder = recorder,
            Grpc = grpc =>
            {
                grpc.CompressionProviders.Clear();
                grpc.CompressionProviders.Add(new GzipCompressionProvider(CompressionLevel.Fastest));
                grpc.CompressionProviders.Add(new DeflateCompressionProvider(CompressionLevel.Fastest));
                grpc.ResponseCompressionAlgorithm = encoding;
            },
        });
        var text = new string('x', 10_000);
        var result = await PythonClient.CallAsync(server.Target, encoding, text);
        Assert.Equal(("OK", text), (result.Code, result.Response?.Text));
        var call = Assert.Single(recorder.Calls);
        Assert.Equal((encoding, encoding), (call.RequestEncoding, call.ResponseEncoding));
        Assert.Equal((1, 1), (call.Request[0], call.Response[0]));
        Assert.InRange(call.Request.Length, 6, 1000);
        Assert.InRange(call.Response.Length, 6, 1000);
    }

    [Fact(Timeout = Limits.Test)]
    public async Task LargeMessages_ArriveWhole()
    {
        await using var server = await ProbeServer.StartAsync(new ProbeServerOptions { Grpc = grpc => grpc.MaxReceiveMessageSize = null });
        var result = await PythonClient.CallAsync(server.Target, "large", "20000000");
        Assert.Equal(("OK", 20_000_000), (result.Code, result.Response?.Payload));
    }

    [Fact(Timeout = Limits.Test)]
    public async Task OverTls_ATokenArrives()
    {
        string? token = null;
        using var certificate = Certificates.CreateSelfSigned("server");
        await using var server = await ProbeServer.StartAsync(new ProbeServerOptions
        {
            Certificate = certificate,
            Handlers = new ProbeHandlers
            {
                Echo = (request, context) =>
                {
                    token = context.RequestHeaders.GetValue("authorization");
                    return Task.FromResult(request);
                },
            },
        });
        var result = await PythonClient.CallAsync(server.Target, "unary", "secret", certificate.ExportCertificatePem());
        Assert.Equal(("OK", "secret"), (result.Code, result.Response?.Text));
        Assert.Equal("Bearer secret", token);
    }

    private async Task UntilCancelledAsync(ServerCallContext context)
    {
        _started.Set();
        try
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }
        finally
        {
            _cancelled.Set();
        }
    }
}
