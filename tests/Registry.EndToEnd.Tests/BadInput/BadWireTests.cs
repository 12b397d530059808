using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Registry.EndToEnd.Tests.Raw;
using Registry.Protocol.V1;
using Registry.TestKit;
using Xunit;

namespace Registry.EndToEnd.Tests.BadInput;

/// <summary>
/// Calls that are broken below the level of requests. The numbers are those of the project's catalogue of bad input. For each: the
/// answer, nothing changed, and the connection goes on to serve.
/// </summary>
public sealed class BadWireTests : ServerTest
{
    private const string Register = "/registry.v1.Registration/Register";
    private const string Resolve = "/registry.v1.Discovery/Resolve";
    private const string Watch = "/registry.v1.Discovery/Watch";

    private const int ProtocolError = 1;

    private static readonly byte[] Question = new ResolveRequest { Applications = { "orders" } }.ToByteArray();

    private RawConnection _connection = null!;
    private ByteString _lease = null!;
    private long _before;

    /// <summary>What arrives instead of the one message of a unary call, or of the first of a stream.</summary>
    public static TheoryData<string, byte[], StatusCode> BrokenMessages => new()
    {
        { "68 varint without end", RawConnection.Message(Repeated(0xff, 64)), StatusCode.Internal },
        { "68 field number 0", RawConnection.Message([0x02, 0x01, 0x41]), StatusCode.Internal },
        { "68 wire type 7", RawConnection.Message([0x0f, 0x01]), StatusCode.Internal },
        { "68 end of a group that never began", RawConnection.Message([0x0c]), StatusCode.Internal },
        { "68 group without end", RawConnection.Message([0x0b, 0x08, 0x01]), StatusCode.Internal },
        { "68 field longer than its message", RawConnection.Message([0x0a, 0x7f, 0x41]), StatusCode.Internal },
        { "68 field of 2 GiB", RawConnection.Message([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]), StatusCode.Internal },
        { "68 field of negative length", RawConnection.Message([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]), StatusCode.Internal },
        { "68 a thousand groups deep", RawConnection.Message(Repeated(0x7b, 1_000)), StatusCode.Internal },
        { "68 message shorter than declared", [0, 0, 0, 0, 100, 0x0a, 0x01, 0x41], StatusCode.Internal },
        { "68 prefix cut off", [0, 0, 0], StatusCode.Internal },
        { "68 no message at all", [], StatusCode.Internal },
        { "68 a second message", [.. RawConnection.Message(Question), .. RawConnection.Message(Question)], StatusCode.Internal },
        { "68 bytes after the message", [.. RawConnection.Message(Question), 1, 2, 3], StatusCode.Internal },

        // The engine counts in 31 bits: what is longer is to it not too long but malformed. It is refused before anything is allocated.
        { "62 declared as 4 GiB", [0, 0xff, 0xff, 0xff, 0xff, 0x0a], StatusCode.Internal },
        { "62 declared as 2 GiB", [0, 0x80, 0, 0, 0, 0x0a], StatusCode.Internal },
        { "62 declared as almost 2 GiB", [0, 0x7f, 0xff, 0xff, 0xff, 0x0a], StatusCode.ResourceExhausted },
        { "62 declared as 5 MiB", [0, 0, 0x50, 0, 0, 0x0a], StatusCode.ResourceExhausted },
        { "69 flag that is neither 0 nor 1", RawConnection.Message(Question, flag: 7), StatusCode.Internal },
        { "69 compressed, and no encoding named", RawConnection.Message(Question, flag: 1), StatusCode.Internal },
    };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _connection = await RawConnection.ConnectAsync(Host.GrpcAddress);
        _lease = await GrantAsync();
        await RegisterAsync(_lease, "orders", "a");
        _before = await RevisionAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await base.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(BrokenMessages))]
    public async Task BrokenMessage_IsAnswered_AndGivesNothingAway(string name, byte[] body, StatusCode expected)
    {
        foreach (var path in new[] { Register, Resolve })
        {
            var call = await _connection.CallAsync(path);
            await call.SendDataAsync(body, end: true);
            await call.EndAsync();
            Assert.True(call.GrpcStatus == expected, $"{name}, {path}: expected {expected}, actual: {call}");
            AssertGivesNothingAway(call);
        }

        await AssertUnchangedAndAliveAsync();
    }

    [Fact]
    public async Task MessageOfFiveMebibytes_IsRefused_62()
    {
        var call = await _connection.UnaryAsync(Register, new byte[5 * 1024 * 1024]);
        Assert.True(call.GrpcStatus == StatusCode.ResourceExhausted, call.ToString());
        await AssertUnchangedAndAliveAsync();
    }

    [Fact]
    public async Task FieldOfAnotherWireType_IsAFieldThatNobodyKnows_68()
    {
        // application (2) as a number. To a protobuf reader that is an unknown field, so what is wrong is the missing name.
        byte[] request = [0x10, 0x01, .. new RegisterRequest { LeaseId = _lease, Instances = { Declare.Instance("a") } }.ToByteArray()];
        var call = await _connection.UnaryAsync(Register, request);
        Assert.True(call.GrpcStatus == StatusCode.InvalidArgument, call.ToString());
        Assert.Equal("application", call["registry-field"]);
        await AssertUnchangedAndAliveAsync();
    }

    [Fact]
    public async Task EncodingThatNobodyKnows_IsUnimplemented_69()
    {
        var call = await _connection.CallAsync(Resolve, ("grpc-encoding", "br"));
        await call.SendDataAsync(RawConnection.Message(Question, flag: 1), end: true);
        await call.EndAsync();
        Assert.True(call.GrpcStatus == StatusCode.Unimplemented, call.ToString());
        await AssertUnchangedAndAliveAsync();
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task CompressedRequest_IsReadOrRefused_ButNeverUnpackedBeyondTheLimit_69(string encoding)
    {
        // What the compressed form may be is 4 MiB; what is in it may not be more either.
        var call = await _connection.CallAsync(Resolve, ("grpc-encoding", encoding));
        await call.SendDataAsync(RawConnection.Message(Compress(encoding, Question), flag: 1), end: true);
        await call.EndAsync();
        Assert.True(call.GrpcStatus == StatusCode.OK, call.ToString());

        // One field that nobody knows, of 128 MiB.
        const int Size = 1 << 27;
        byte[] head = [0xfa, 0x3f, 0x80, 0x80, 0x80, 0x40];
        var bomb = RawConnection.Message(Compress(encoding, head, Size), flag: 1);
        Assert.True(bomb.Length < 4 * 1024 * 1024);
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        call = await _connection.CallAsync(Resolve, ("grpc-encoding", encoding));
        await call.SendDataAsync(bomb, end: true);
        await call.EndAsync();
        Assert.True(call.GrpcStatus == StatusCode.ResourceExhausted, call.ToString());
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - allocated, 0, 64 << 20);
        await AssertUnchangedAndAliveAsync();
    }

    [Theory]
    [InlineData("application/json", "415")]
    [InlineData("application/grpc-web", "415")]
    [InlineData("application/grpc-web+proto", "415")]
    [InlineData("text/plain", "415")]
    public async Task OtherContentType_IsNotOurs_70(string contentType, string status)
    {
        var call = await _connection.UnaryAsync(Register, RegisterBytes(), ("content-type", contentType));
        Assert.True(call[":status"] == status, call.ToString());
        await AssertUnchangedAndAliveAsync();
    }

    [Fact]
    public async Task NoContentType_IsNotOurs_70()
    {
        var call = await _connection.UnaryAsync(Register, RegisterBytes(), ("content-type", ""));
        Assert.True(call[":status"] == "415", call.ToString());
        await AssertUnchangedAndAliveAsync();
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("OPTIONS")]
    public async Task OtherMethodThanPost_IsNotServed_70(string method)
    {
        // 404 where the catalogue has 405: to routing there is nothing at all under this path for another method.
        var call = await _connection.UnaryAsync(Register, RegisterBytes(), (":method", method));
        Assert.True(call[":status"] is "404" or "405", call.ToString());
        await AssertUnchangedAndAliveAsync();
    }

    [Theory]
    [InlineData("GET /registry.v1.Discovery/Resolve HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("POST /registry.v1.Discovery/Resolve HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n")]
    [InlineData("GET / HTTP/1.0\r\n\r\n")]
    public async Task Http1OnTheGrpcPort_IsToldWhereItIs_70(string request)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(Host.GrpcAddress.Host, Host.GrpcAddress.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        socket.Shutdown(SocketShutdown.Send);
        var buffer = new byte[4096];
        var answer = new StringBuilder();
        while (await Within.DeadlineAsync(socket.ReceiveAsync(buffer), "HTTP/1.1 on the gRPC port", "an answer") is var read and > 0)
            answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
        Assert.StartsWith("HTTP/1.1 426 ", answer.ToString(), StringComparison.Ordinal);
        Assert.Contains(Host.HttpAddress.Authority, answer.ToString(), StringComparison.Ordinal);
        await AssertUnchangedAndAliveAsync();
    }

    [Theory]
    [InlineData("/registry.v1.Registration/Registre")]
    [InlineData("/registry.v2.Registration/Register")]
    [InlineData("/registry.v1.Registration/register")]
    [InlineData("/REGISTRY.V1.REGISTRATION/REGISTER")]
    [InlineData("/registry.v1.Registration/Register/")]
    [InlineData("/registry.v1.Registration/Register.")]
    [InlineData("/registry.v1.Registration/./Register")]
    [InlineData("/registry.v1.Registration/../registry.v1.Registration/Register")]
    [InlineData("/registry.v1.Registration%2fRegister")]
    [InlineData("/registry.v1.Registration/%52egister")]
    [InlineData("/registry.v1.Registration/Register%00")]
    [InlineData("//registry.v1.Registration/Register")]
    [InlineData("/registry.v1.Registration/Register?x=1")]
    [InlineData("/registry.v1.Registration")]
    [InlineData("/")]
    [InlineData("/v1/status")]
    [InlineData("/livez")]
    public async Task PathThatIsNotExactlyAMethods_IsNoMethod_71(string path)
    {
        // One method has one path. Whoever guards the server by paths would otherwise guard one of many doors.
        var call = await _connection.UnaryAsync(path, RegisterBytes());
        var isUnimplemented = call.GrpcStatus is StatusCode.Unimplemented || call.ResetCode is ProtocolError || (call.GrpcStatus is null && call[":status"] is "404" or "405");
        Assert.True(isUnimplemented, $"expected UNIMPLEMENTED, an HTTP status that says so, or a reset, actual: {call}");
        await AssertUnchangedAndAliveAsync();
    }

    [Fact]
    public async Task DeadlineThatPasses_EndsTheCall_75()
    {
        var call = await _connection.CallAsync(Watch, ("grpc-timeout", "50m"));
        await call.SendDataAsync(RawConnection.Message(new WatchRequest { Open = new Open() }.ToByteArray()));
        await call.EndAsync();
        Assert.True(call.GrpcStatus == StatusCode.DeadlineExceeded || call.ResetCode is not null, call.ToString());
        await WatchesBecomeAsync("streams", 0);
        await AssertUnchangedAndAliveAsync();
    }

    [Fact]
    public async Task DeadlineLongerThanItsFormAllows_IsRefused_75()
    {
        // The form has eight digits at most.
        var call = await _connection.UnaryAsync(Register, RegisterBytes(), ("grpc-timeout", "999999999H"));
        Assert.True(call.GrpcStatus == StatusCode.Internal, call.ToString());
        await AssertUnchangedAndAliveAsync();
    }

    [Theory]
    [InlineData("99999999H")]
    [InlineData("8675309S")]
    [InlineData("0m")] // the engine takes "no time at all" for "none given"; a client whose deadline has passed does not wait for either
    [InlineData("1n")]
    [InlineData("-1S")]
    [InlineData("1")]
    [InlineData("S")]
    [InlineData("1 S")]
    [InlineData("soon")]
    [InlineData("1e3S")]
    public async Task DeadlineBeyondReason_OrMalformed_IsNoDeadline_75(string timeout)
    {
        var call = await _connection.UnaryAsync(Resolve, Question, ("grpc-timeout", timeout));
        Assert.True(call.GrpcStatus == StatusCode.OK, call.ToString());
        await AssertUnchangedAndAliveAsync();
    }

    [Fact]
    public async Task ClientCancelsInTheMiddleOfRegistering_AllOrNothingIsThere_76()
    {
        // At every place of the request, and right after its end, in turn. A connection that resets too many streams too fast is cut,
        // as it should be, so there are several.
        const int Rounds = 200, PerConnection = 8;
        for (var round = 0; round < Rounds; round += PerConnection)
        {
            await using var connection = await RawConnection.ConnectAsync(Host.GrpcAddress);
            for (var i = round; i < round + PerConnection; i++)
            {
                var request = new RegisterRequest { Application = $"c{i}", LeaseId = _lease, Builds = { Declare.Build($"c{i}.X", $"c{i}.Y") } };
                request.Instances.Add(Enumerable.Range(0, 8).Select(id => Declare.Instance($"i{id}")));
                var message = RawConnection.Message(request.ToByteArray());
                var cut = i % 2 == 0 ? message.Length : message.Length * (i % 16) / 16;
                var call = await connection.CallAsync(Register);
                await call.SendDataAsync(message.AsMemory(0, cut), end: cut == message.Length);
                await call.ResetAsync();
            }

            var next = await connection.UnaryAsync(Resolve, Question);
            Assert.True(next.GrpcStatus == StatusCode.OK, $"the next call on the connection: {next}");
        }

        await AssertAliveAsync();
        for (var round = 0; round < Rounds; round++)
        {
            var found = await Discovery.ResolveAsync(new ResolveRequest { Interfaces = { $"c{round}.X", $"c{round}.Y" }, Applications = { $"c{round}" } });
            var instances = found.Applications.Single().Instances.Count;
            Assert.True(instances is 0 or 8, $"round {round}: {instances} of 8 instances");
            Assert.All(found.Interfaces, mapping => Assert.Equal(instances == 0, mapping.Absent));
        }
    }

    [Theory]
    [InlineData("68 not a WatchRequest", new byte[] { 0, 0, 0, 0, 2, 0x0f, 1 }, StatusCode.Internal)]
    [InlineData("68 empty WatchRequest", new byte[] { 0, 0, 0, 0, 0 }, StatusCode.InvalidArgument)]
    [InlineData("68 cut off", new byte[] { 0, 0, 0 }, StatusCode.Internal)]
    [InlineData("62 declared as 4 GiB", new byte[] { 0, 0xff, 0xff, 0xff, 0xff }, StatusCode.Internal)]
    [InlineData("62 declared as almost 2 GiB", new byte[] { 0, 0x7f, 0xff, 0xff, 0xff }, StatusCode.ResourceExhausted)]
    [InlineData("69 compressed, and no encoding named", new byte[] { 1, 0, 0, 0, 0 }, StatusCode.Internal)]
    public async Task BrokenMessageOnAStream_EndsIt_AtTheStartAndInTheMiddle(string name, byte[] message, StatusCode expected)
    {
        foreach (var isOpen in new[] { false, true })
        {
            var call = await _connection.CallAsync(Watch);
            if (isOpen)
            {
                var open = new WatchRequest { Open = new Open { Subscriptions = { new Subscribe { Id = 1, Application = "orders" } } } };
                await call.SendDataAsync(RawConnection.Message(open.ToByteArray()));
                await Within.HoldsAsync(name, "the first batch", () => call.BodyLength, length => length > 0);
            }

            await call.SendDataAsync(message, end: message.Length < 5);
            await call.EndAsync();
            Assert.True(call.GrpcStatus == expected, $"{name}, open={isOpen}: expected {expected}, actual: {call}");
            AssertGivesNothingAway(call);
        }

        await AssertUnchangedAndAliveAsync();
        await WatchesBecomeAsync("streams", 0);
    }

    private static byte[] Repeated(byte value, int times) => [.. Enumerable.Repeat(value, times)];

    private byte[] RegisterBytes() => Declare.Request(_lease, "orders", "new").ToByteArray();

    private static byte[] Compress(string encoding, byte[] head, int zeros = 0)
    {
        using var compressed = new MemoryStream();
        using (Stream packing = encoding == "gzip" ? new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true) : new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            packing.Write(head);
            var block = new byte[1 << 20];
            for (; zeros > 0; zeros -= block.Length)
                packing.Write(block);
        }

        return compressed.ToArray();
    }

    private static void AssertGivesNothingAway(RawStream call)
    {
        foreach (var word in new[] { "Exception", "   at ", ".cs", "Google.", "System." })
            Assert.DoesNotContain(word, call.GrpcMessage, StringComparison.Ordinal);
    }

    private async Task AssertUnchangedAndAliveAsync()
    {
        await AssertAliveAsync();
        Assert.Equal(_before, await RevisionAsync());
    }

    private async Task AssertAliveAsync()
    {
        var next = await _connection.UnaryAsync(Resolve, Question);
        Assert.True(next.GrpcStatus == StatusCode.OK, $"the next call on the connection: {next}");
        Assert.Null(_connection.GoAwayCode);
    }
}
