using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Registry.LoadTests.Failures;

namespace Registry.LoadTests.Lean;

/// <summary>
/// A client of HTTP/2 that costs as little as one can: one socket, requests whose header fields were encoded when the program started,
/// no tables, no threads and no tasks of its own. It exists because a client library costs several times what the server does, so
/// that a load made with it measures the library. Used by one caller at a time.
/// </summary>
internal sealed class LeanConnection : IDisposable
{
    private const int FrameHeader = 9;
    private const int MaxFrame = 16 * 1024;

    // What a server may send before it hears of us again. A client that stays longer gives back what it has read, in halves.
    private const int Window = 1 << 20;

    // Where it stands for streams: behind the preface, the frame's header, two other settings and its own name.
    private const int WindowOffset = 24 + FrameHeader + 14;

    private const byte EndStream = 0x1, Ack = 0x1, EndHeaders = 0x4;

    // Preface; SETTINGS without a table for header fields (so that answers can be read without one), without push, with our window; and
    // the same window for the connection (RFC 9113, 3.4, 6.5, 6.9).
    private static readonly byte[] Opening =
    [
        .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
        0, 0, 18, 4, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 4, 0, 16, 0, 0,
        0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 15, 0, 1,
    ];

    private readonly Socket _socket;
    private readonly int _window;
    private readonly Dictionary<int, LeanStream> _streams = [];
    private readonly ArrayBufferWriter<byte> _out = new(512);
    private byte[] _in = ArrayPool<byte>.Shared.Rent(FrameHeader + MaxFrame);
    private int _start;
    private int _end;
    private int _nextStream = 1;
    private int _unreported;

    private LeanConnection(Socket socket, int window)
    {
        _socket = socket;
        _window = window;
        var opening = _out.GetSpan(Opening.Length);
        Opening.CopyTo(opening);
        BinaryPrimitives.WriteInt32BigEndian(opening[WindowOffset..], window);
        _out.Advance(Opening.Length);
    }

    /// <summary>Connects. Nothing is sent before the first <see cref="FlushAsync"/>.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="source">Which address of this machine to come from; null: the system's choice.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="window">How much a stream may send before it hears of us again. Who never reads wants a small one.</param>
    /// <exception cref="LoadException">The server refused, or this side has no port left.</exception>
    public static async ValueTask<LeanConnection> ConnectAsync(
        IPEndPoint server, IPAddress? source, CancellationToken cancellationToken, int window = Window)
    {
        var socket = SourceAddresses.NewSocket(server, source);
        try
        {
            await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
            return new LeanConnection(socket, window);
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw SourceAddresses.Explain(failure);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Begins a call and puts its first message behind what is to be sent.</summary>
    /// <param name="method">The method.</param>
    /// <param name="message">The first message.</param>
    /// <param name="isLast">The client sends nothing after it.</param>
    public LeanStream Call(LeanMethod method, IMessage message, bool isLast)
    {
        var stream = new LeanStream(_nextStream);
        _nextStream += 2;
        _streams.Add(stream.Id, stream);
        WriteFrame(1, EndHeaders, stream.Id, method.HeaderBlock);
        Send(stream, message, isLast);
        return stream;
    }

    /// <summary>Puts a further message of a call behind what is to be sent.</summary>
    public void Send(LeanStream stream, IMessage message, bool isLast)
    {
        var size = message.CalculateSize();
        var frame = _out.GetSpan(FrameHeader + 5 + size);
        WriteHeader(frame, 5 + size, 0, isLast ? EndStream : (byte)0, stream.Id);
        frame[FrameHeader] = 0;
        BinaryPrimitives.WriteInt32BigEndian(frame[(FrameHeader + 1)..], size);
        message.WriteTo(frame.Slice(FrameHeader + 5, size));
        _out.Advance(FrameHeader + 5 + size);
    }

    /// <summary>Sends what is to be sent.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            for (var rest = _out.WrittenMemory; rest.Length > 0;)
                rest = rest[await _socket.SendAsync(rest, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
            _out.ResetWrittenCount();
        }
        catch (SocketException failure)
        {
            throw new LoadException(FailureKind.ConnectionLost, $"send: {failure.SocketErrorCode}");
        }
    }

    /// <summary>Reads once from the socket and hands on every whole frame that is there then.</summary>
    /// <exception cref="LoadException">The connection is lost, or the server has ended it.</exception>
    public async ValueTask ReadAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        int count;
        try
        {
            count = await _socket.ReceiveAsync(_in.AsMemory(_end), SocketFlags.None, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException failure)
        {
            throw new LoadException(FailureKind.ConnectionLost, $"receive: {failure.SocketErrorCode}");
        }

        if (count == 0)
            throw new LoadException(FailureKind.ConnectionLost, "closed by the server");
        _end += count;
        while (_end - _start >= FrameHeader)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(_in.AsSpan(_start)) >>> 8;
            if (_end - _start < FrameHeader + length)
                break;
            Handle(_in[_start + 3], _in[_start + 4], BinaryPrimitives.ReadInt32BigEndian(_in.AsSpan(_start + 5)), _in.AsSpan(_start + FrameHeader, length));
            _start += FrameHeader + length;
        }

        // Acknowledgements, and windows that were given back.
        if (_out.WrittenCount > 0)
            await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes with a reset, so that the port is free at once: a polite close keeps it for a minute.</summary>
    public void Dispose()
    {
        if (_in.Length == 0)
            return;
        ArrayPool<byte>.Shared.Return(_in);
        _in = [];
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    private static void WriteHeader(Span<byte> frame, int length, byte type, byte flags, int stream)
    {
        BinaryPrimitives.WriteInt32BigEndian(frame, length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame[5..], stream);
    }

    private void WriteFrame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var frame = _out.GetSpan(FrameHeader + payload.Length);
        WriteHeader(frame, payload.Length, type, flags, stream);
        payload.CopyTo(frame[FrameHeader..]);
        _out.Advance(FrameHeader + payload.Length);
    }

    private void MakeRoom()
    {
        if (_start == _end)
            _start = _end = 0;
        if (_in.Length - _start >= FrameHeader + MaxFrame && _end < _in.Length)
            return;
        _in.AsSpan(_start, _end - _start).CopyTo(_in);
        _end -= _start;
        _start = 0;
    }

    private void Handle(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case 0:
                GiveBack(stream, payload.Length);
                Find(stream)?.Received(payload, (flags & EndStream) != 0);
                Forget(stream);
                break;
            case 1:
                Find(stream)?.Headers(payload, (flags & EndStream) != 0);
                Forget(stream);
                break;
            case 3:
                Find(stream)?.Reset(BinaryPrimitives.ReadInt32BigEndian(payload));
                Forget(stream);
                break;
            case 4 when (flags & Ack) == 0:
                WriteFrame(4, Ack, 0, []);
                break;
            case 6 when (flags & Ack) == 0:
                WriteFrame(6, Ack, 0, payload);
                break;
            case 7:
                throw new LoadException(FailureKind.ConnectionLost, $"GOAWAY {BinaryPrimitives.ReadInt32BigEndian(payload[4..])}");
        }
    }

    // The stream's window and the connection's. A short visit never comes to this.
    private void GiveBack(int stream, int count)
    {
        _unreported += count;
        if (_unreported >= Window / 2)
        {
            GiveBackTo(0, _unreported);
            _unreported = 0;
        }

        if (Find(stream) is not { } found || (found.Unreported += count) < _window / 2)
            return;
        GiveBackTo(stream, found.Unreported);
        found.Unreported = 0;
    }

    private void GiveBackTo(int stream, int count)
    {
        Span<byte> increment = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(increment, count);
        WriteFrame(8, 0, stream, increment);
    }

    private LeanStream? Find(int id) => _streams.GetValueOrDefault(id);

    // Whoever made the call has it; a connection that lives long must not keep all that it ever did.
    private void Forget(int id)
    {
        if (Find(id) is { IsEnded: true })
            _streams.Remove(id);
    }
}
