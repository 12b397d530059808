using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Registry.Server.Ports;

/// <summary>
/// Answers a client that speaks HTTP/2 where it is not spoken, with as much of HTTP/2 as it takes to be understood: our
/// SETTINGS, for each request a response that ends at once, and after a short while GOAWAY. A gRPC client shows the hint as the
/// message of its call's status; another client of HTTP/2 gets it as the text of a 505. (GOAWAY right after the first response
/// looks tidier, but a client with several calls under way retries the others three times and then reports only that the
/// connection was closed.)
/// <para>
/// Header blocks are not decoded: the answer depends on one thing only, whether this is gRPC, and that shows in the first octet.
/// A request that begins with the static table's entry for <c>:method: GET</c> is not gRPC, which always POSTs.
/// </para>
/// </summary>
internal static class Http2Refusal
{
    private const int FrameHeader = 9;
    private const int MaxPayload = 16 * 1024;

    private const byte Data = 0, Headers = 1, Settings = 4, Ping = 6, GoAway = 7;
    private const byte EndStream = 0x1, Ack = 0x1, EndHeaders = 0x4, Padded = 0x8, Priority = 0x20;

    // Entry 2 of the static table, as an indexed field (RFC 7541, 6.1 and appendix A).
    private const byte MethodGet = 0x82;

    // FAILED_PRECONDITION. UNAVAILABLE would make clients try again, at the same wrong port.
    private const string Refused = "9";

    /// <summary>Speaks with the client until it leaves or a short time is over; the preface is still to be read.</summary>
    public static async Task AnswerAsync(ConnectionContext connection, string hint, TimeProvider time)
    {
        using var deadline = new CancellationTokenSource(PortGates.Patience, time);
        var closing = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var closed = closing.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), deadline);
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        var lastStream = 0;
        try
        {
            WriteFrame(output, Settings, 0, 0, []);
            await output.FlushAsync(deadline.Token);

            var prefaceSeen = false;
            while (true)
            {
                var read = await input.ReadAsync(deadline.Token);
                var rest = read.Buffer;
                if (!prefaceSeen && rest.Length >= PortGates.Http2Preface.Length)
                {
                    rest = rest.Slice(PortGates.Http2Preface.Length);
                    prefaceSeen = true;
                }

                while (prefaceSeen && TryReadFrame(ref rest, out var frame))
                    Answer(output, frame, hint, ref lastStream);

                input.AdvanceTo(rest.Start, rest.End);
                if (read.IsCompleted || read.IsCanceled || rest.Length > FrameHeader + MaxPayload)
                    return;
                await output.FlushAsync(deadline.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Time is up, or the server stops. Calls after the last stream may safely be made again elsewhere.
            WriteGoAway(output, lastStream);
            await connection.SendAndLingerAsync(default, time);
        }
        catch (Exception gone) when (gone is IOException or ConnectionAbortedException)
        {
            // Nobody is there to be answered.
        }
    }

    private static void Answer(PipeWriter output, Frame frame, string hint, ref int lastStream)
    {
        switch (frame.Type)
        {
            case Settings when (frame.Flags & Ack) == 0:
                WriteFrame(output, Settings, Ack, 0, []);
                break;
            case Ping when (frame.Flags & Ack) == 0:
                WriteFrame(output, Ping, Ack, 0, frame.Payload.ToArray());
                break;
            case Headers:
                lastStream = Math.Max(lastStream, frame.Stream);
                WriteResponse(output, frame, hint);
                break;
        }
    }

    private static bool TryReadFrame(ref ReadOnlySequence<byte> buffer, out Frame frame)
    {
        frame = default;
        if (buffer.Length < FrameHeader)
            return false;

        Span<byte> header = stackalloc byte[FrameHeader];
        buffer.Slice(0, FrameHeader).CopyTo(header);
        var length = (header[0] << 16) | (header[1] << 8) | header[2];
        if (buffer.Length < FrameHeader + length)
            return false;

        var stream = BinaryPrimitives.ReadInt32BigEndian(header[5..]) & int.MaxValue;
        frame = new(header[3], header[4], stream, buffer.Slice(FrameHeader, length));
        buffer = buffer.Slice(FrameHeader + length);
        return true;
    }

    private static void WriteResponse(PipeWriter output, Frame request, string hint)
    {
        var block = new ArrayBufferWriter<byte>();
        if (request.BeginsWith(MethodGet))
        {
            WriteField(block, ":status", "505");
            WriteField(block, "content-type", "text/plain");
            WriteFrame(output, Headers, EndHeaders, request.Stream, block.WrittenSpan);
            WriteFrame(output, Data, EndStream, request.Stream, PortGates.Text(hint + " HTTP/2 is not spoken here.\n"));
        }
        else
        {
            WriteField(block, ":status", "200");
            WriteField(block, "content-type", "application/grpc");
            WriteField(block, "grpc-status", Refused);
            WriteField(block, "grpc-message", hint.Replace("%", "%25", StringComparison.Ordinal));
            WriteFrame(output, Headers, EndHeaders | EndStream, request.Stream, block.WrittenSpan);
        }
    }

    // The last stream that was looked at, then error code 0.
    private static void WriteGoAway(PipeWriter output, int lastStream)
    {
        Span<byte> payload = stackalloc byte[8];
        payload.Clear();
        BinaryPrimitives.WriteInt32BigEndian(payload, lastStream);
        WriteFrame(output, GoAway, 0, 0, payload);
    }

    // A literal field that enters no table, neither name nor value compressed (RFC 7541, 6.2.2).
    private static void WriteField(ArrayBufferWriter<byte> block, string name, string value)
    {
        block.Write((ReadOnlySpan<byte>)[0]);
        WriteString(block, name);
        WriteString(block, value);
    }

    private static void WriteString(ArrayBufferWriter<byte> block, string text)
    {
        // An integer with a prefix of 7 bits (RFC 7541, 5.1).
        var length = text.Length;
        if (length < 0x7F)
        {
            block.Write((ReadOnlySpan<byte>)[(byte)length]);
        }
        else
        {
            block.Write((ReadOnlySpan<byte>)[0x7F]);
            for (length -= 0x7F; length >= 0x80; length >>= 7)
                block.Write((ReadOnlySpan<byte>)[(byte)(length | 0x80)]);
            block.Write((ReadOnlySpan<byte>)[(byte)length]);
        }

        block.Write(PortGates.Text(text));
    }

    private static void WriteFrame(PipeWriter output, byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var header = output.GetSpan(FrameHeader)[..FrameHeader];
        BinaryPrimitives.WriteInt32BigEndian(header, payload.Length << 8);
        header[3] = type;
        header[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(header[5..], stream);
        output.Advance(FrameHeader);
        output.Write(payload);
    }

    private readonly record struct Frame(byte Type, byte Flags, int Stream, ReadOnlySequence<byte> Payload)
    {
        /// <summary>Whether the header block starts with this octet, past the padding's length and the priority.</summary>
        public bool BeginsWith(byte octet)
        {
            var start = ((Flags & Padded) != 0 ? 1 : 0) + ((Flags & Priority) != 0 ? 5 : 0);
            return Payload.Length > start && Payload.Slice(start, 1).FirstSpan[0] == octet;
        }
    }
}
