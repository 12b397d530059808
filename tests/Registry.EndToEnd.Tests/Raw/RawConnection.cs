using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Registry.TestKit;
using Registry.TestKit.Wire;

namespace Registry.EndToEnd.Tests.Raw;

/// <summary>The types of HTTP/2 frames that a client sends or meets (RFC 9113, 6).</summary>
internal enum FrameType : byte
{
    Data = 0,
    Headers = 1,
    Priority = 2,
    ResetStream = 3,
    Settings = 4,
    PushPromise = 5,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
    Continuation = 9,
}

/// <summary>
/// A client of HTTP/2 that sends exactly what it is told to, right or wrong, frame by frame. It reads by itself, answers SETTINGS and
/// PING, and keeps within the server's flow control; its own windows it opens only as far as it is told.
/// </summary>
internal sealed class RawConnection : IAsyncDisposable
{
    public const byte EndStream = 0x1, Ack = 0x1, EndHeaders = 0x4;

    private const int FrameHeader = 9;
    private const int MaxFrame = 16 * 1024;

    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly ConcurrentDictionary<int, RawStream> _streams = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Lock _gate = new();
    private readonly bool _isGenerous;
    private readonly Task _reading;
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _windowGrew = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _sendWindow = 65_535;
    private int _initialSendWindow = 65_535;
    private int _nextStream = -1;

    private RawConnection(Socket socket, bool isGenerous)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _isGenerous = isGenerous;
        _reading = ReadAsync();
    }

    /// <summary>The code of the server's GOAWAY; null: none came.</summary>
    public int? GoAwayCode { get; private set; }

    /// <summary>Completes when the server has closed the connection.</summary>
    public Task Closed => _reading;

    /// <summary>The streams that this client may have open at a time.</summary>
    public int MaxStreams { get; private set; } = int.MaxValue;

    /// <summary>Connects and exchanges settings.</summary>
    /// <param name="address">The server's gRPC address.</param>
    /// <param name="isGenerous">Whether what is read is given back to the server's windows at once. If not: see <see cref="OpenWindowAsync"/>.</param>
    /// <param name="initialWindow">The window of each stream; null: the protocol's 65,535.</param>
    public static async Task<RawConnection> ConnectAsync(Uri address, bool isGenerous = true, int? initialWindow = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port);
        var connection = new RawConnection(socket, isGenerous);
        await connection.WriteAsync(Preface);

        // No table for header fields, so that they can be read without one.
        byte[] settings = [0, 1, 0, 0, 0, 0];
        if (initialWindow is { } window)
        {
            var more = new byte[6];
            more[1] = 4;
            BinaryPrimitives.WriteInt32BigEndian(more.AsSpan(2), window);
            settings = [.. settings, .. more];
        }

        await connection.SendAsync(FrameType.Settings, 0, 0, settings);
        await Within.DeadlineAsync(connection._settled.Task, "connect", "the server's SETTINGS");
        return connection;
    }

    /// <summary>Sends one frame as it is.</summary>
    public async Task SendAsync(FrameType type, byte flags, int stream, ReadOnlyMemory<byte> payload = default)
    {
        var frame = new byte[FrameHeader + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = (byte)type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsMemory(FrameHeader));
        await WriteAsync(frame);
    }

    /// <summary>Sends bytes as they are.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await _writing.WaitAsync();
        try
        {
            await _stream.WriteAsync(bytes);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Opens a stream with these header fields, pseudo fields included.</summary>
    public async Task<RawStream> OpenAsync(IEnumerable<(string Name, string Value)> fields, bool end = false)
    {
        var stream = new RawStream(this, Interlocked.Add(ref _nextStream, 2), _initialSendWindow);
        _streams[stream.Id] = stream;
        await SendAsync(FrameType.Headers, (byte)(EndHeaders | (end ? EndStream : 0)), stream.Id, Hpack.Encode(fields));
        return stream;
    }

    /// <summary>Opens a stream for a gRPC method.</summary>
    /// <param name="path">The path, such as <c>/registry.v1.Discovery/Resolve</c>.</param>
    /// <param name="instead">Fields that replace the usual ones of the same name, or are added. An empty value: left out.</param>
    public Task<RawStream> CallAsync(string path, params (string Name, string Value)[] instead)
    {
        (string Name, string Value)[] usual =
        [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "localhost"), ("content-type", "application/grpc"), ("te", "trailers"),
        ];
        return OpenAsync([
            .. usual.Select(field => (field.Name, instead.FirstOrDefault(i => i.Name == field.Name, field).Value)).Where(field => field.Value.Length > 0),
            .. instead.Where(i => !usual.Any(field => field.Name == i.Name)),
        ]);
    }

    /// <summary>A whole unary call: one message, sent as it is with a correct prefix.</summary>
    public async Task<RawStream> UnaryAsync(string path, ReadOnlyMemory<byte> message, params (string Name, string Value)[] instead)
    {
        var call = await CallAsync(path, instead);
        await call.SendDataAsync(Message(message.Span), end: true);
        await call.EndAsync();
        return call;
    }

    /// <summary>A gRPC message: its prefix and itself.</summary>
    public static byte[] Message(ReadOnlySpan<byte> payload, byte flag = 0)
    {
        var message = new byte[5 + payload.Length];
        message[0] = flag;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), payload.Length);
        payload.CopyTo(message.AsSpan(5));
        return message;
    }

    /// <summary>Lets the server send so many more bytes, on one stream and on the connection; stream 0: on the connection alone.</summary>
    public async Task OpenWindowAsync(int stream, int bytes)
    {
        var increment = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(increment, bytes);
        await SendAsync(FrameType.WindowUpdate, 0, 0, increment);
        if (stream != 0)
            await SendAsync(FrameType.WindowUpdate, 0, stream, increment);
    }

    /// <summary>Breaks the connection off without any farewell, as a process that is killed does not even do.</summary>
    public void Break()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        await _reading;
        _writing.Dispose();
    }

    /// <summary>Takes room in the server's windows; waits until there is some.</summary>
    internal async Task<int> TakeWindowAsync(RawStream stream, int wanted)
    {
        while (true)
        {
            Task grew;
            lock (_gate)
            {
                var taken = (int)Math.Min(Math.Min(wanted, MaxFrame), Math.Min(_sendWindow, stream.SendWindow));
                if (taken > 0)
                {
                    _sendWindow -= taken;
                    stream.SendWindow -= taken;
                    return taken;
                }

                grew = _windowGrew.Task;
            }

            if (await Task.WhenAny(grew, stream.Ended, _reading) != grew)
                return 0;
        }
    }

    private async Task ReadAsync()
    {
        var header = new byte[FrameHeader];
        var block = new List<byte>();
        try
        {
            while (true)
            {
                await _stream.ReadExactlyAsync(header);
                var payload = new byte[(header[0] << 16) | (header[1] << 8) | header[2]];
                await _stream.ReadExactlyAsync(payload);
                var id = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)) & int.MaxValue;
                var flags = header[4];
                var stream = _streams.GetValueOrDefault(id);
                switch ((FrameType)header[3])
                {
                    case FrameType.Settings when (flags & Ack) == 0:
                        TakeSettings(payload);
                        await SendAsync(FrameType.Settings, Ack, 0);
                        _settled.TrySetResult();
                        break;
                    case FrameType.Ping when (flags & Ack) == 0:
                        await SendAsync(FrameType.Ping, Ack, 0, payload);
                        break;
                    case FrameType.WindowUpdate:
                        Grow(stream, id, BinaryPrimitives.ReadInt32BigEndian(payload));
                        break;
                    case FrameType.GoAway:
                        GoAwayCode = BinaryPrimitives.ReadInt32BigEndian(payload.AsSpan(4));
                        break;
                    case FrameType.ResetStream:
                        stream?.Reset(BinaryPrimitives.ReadInt32BigEndian(payload));
                        break;
                    case FrameType.Headers or FrameType.Continuation:
                        block.AddRange(payload);
                        if ((flags & EndHeaders) != 0)
                        {
                            stream?.Take(Hpack.Decode(block.ToArray()));
                            block.Clear();
                        }

                        break;
                    case FrameType.Data:
                        stream?.Take(payload);
                        if (_isGenerous && payload.Length > 0)
                            await OpenWindowAsync(id, payload.Length);
                        break;
                }

                if ((FrameType)header[3] is FrameType.Headers or FrameType.Data && (flags & EndStream) != 0)
                    stream?.Finish();
            }
        }
        catch (Exception over) when (over is IOException or ObjectDisposedException or SocketException)
        {
            // The end of the connection, from either side.
        }

        _settled.TrySetException(new IOException("the server has closed the connection"));
        foreach (var stream in _streams.Values)
            stream.Finish();
    }

    private void TakeSettings(ReadOnlySpan<byte> settings)
    {
        for (; settings.Length >= 6; settings = settings[6..])
        {
            var value = BinaryPrimitives.ReadInt32BigEndian(settings[2..]);
            switch (settings[1])
            {
                case 3:
                    MaxStreams = value;
                    break;
                case 4:
                    _initialSendWindow = value;
                    break;
            }
        }
    }

    private void Grow(RawStream? stream, int id, int by)
    {
        TaskCompletionSource grew;
        lock (_gate)
        {
            if (id == 0)
                _sendWindow += by;
            else if (stream is not null)
                stream.SendWindow += by;
            grew = _windowGrew;
            _windowGrew = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        grew.SetResult();
    }
}

/// <summary>One stream of a <see cref="RawConnection"/>: what was received on it so far.</summary>
internal sealed class RawStream(RawConnection connection, int id, int sendWindow)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _fields = [];
    private readonly ArrayBufferWriter<byte> _body = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int? _resetCode;

    public int Id => id;

    public Task Ended => _ended.Task;

    public long SendWindow { get; set; } = sendWindow;

    /// <summary>The code of the server's RST_STREAM; null: none came.</summary>
    public int? ResetCode
    {
        get
        {
            lock (_gate)
                return _resetCode;
        }
    }

    /// <summary>The bytes of the body so far.</summary>
    public byte[] Body
    {
        get
        {
            lock (_gate)
                return _body.WrittenSpan.ToArray();
        }
    }

    /// <summary>What came after the first so many bytes of the body.</summary>
    public byte[] BodyFrom(int start)
    {
        lock (_gate)
            return _body.WrittenSpan[start..].ToArray();
    }

    public long BodyLength
    {
        get
        {
            lock (_gate)
                return _body.WrittenCount;
        }
    }

    /// <summary>A header or trailer field; null: not there.</summary>
    public string? this[string name]
    {
        get
        {
            lock (_gate)
                return _fields.GetValueOrDefault(name);
        }
    }

    /// <summary>The value of grpc-status; null: there is none.</summary>
    public Grpc.Core.StatusCode? GrpcStatus =>
        this["grpc-status"] is { } status ? (Grpc.Core.StatusCode)int.Parse(status, System.Globalization.CultureInfo.InvariantCulture) : null;

    /// <summary>The value of grpc-message, decoded.</summary>
    public string GrpcMessage => Uri.UnescapeDataString(this["grpc-message"] ?? "");

    public Task EndAsync() => Within.DeadlineAsync(Ended, $"stream {id}", "its end", ToString);

    /// <summary>Sends data within the server's windows. What the server has no more use for (it has ended the stream) is not sent.</summary>
    public async Task SendDataAsync(ReadOnlyMemory<byte> data, bool end = false)
    {
        do
        {
            var length = data.Length == 0 ? 0 : await connection.TakeWindowAsync(this, data.Length);
            if (length == 0 && data.Length > 0)
                return;
            await connection.SendAsync(FrameType.Data, end && length == data.Length ? RawConnection.EndStream : (byte)0, id, data[..length]);
            data = data[length..];
        }
        while (data.Length > 0);
    }

    /// <summary>Resets the stream; 8 is CANCEL.</summary>
    public Task ResetAsync(int code = 8)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, code);
        return connection.SendAsync(FrameType.ResetStream, 0, id, payload);
    }

    public override string ToString()
    {
        lock (_gate)
        {
            return new StringBuilder()
                .Append(System.Globalization.CultureInfo.InvariantCulture, $"{_body.WrittenCount} bytes, ")
                .AppendJoin(", ", _fields.Select(f => $"{f.Key}={f.Value}"))
                .Append(_resetCode is { } code ? $", reset with {code}" : "")
                .Append(_ended.Task.IsCompleted ? ", ended" : ", open")
                .ToString();
        }
    }

    internal void Take(IEnumerable<(string Name, string Value)> fields)
    {
        lock (_gate)
        {
            foreach (var (name, value) in fields)
                _fields[name] = value;
        }
    }

    internal void Take(byte[] data)
    {
        lock (_gate)
            _body.Write(data);
    }

    internal void Reset(int code)
    {
        lock (_gate)
            _resetCode = code;
        Finish();
    }

    internal void Finish() => _ended.TrySetResult();
}
