using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Registry.LoadTests.Failures;
using Registry.TestKit.Wire;

namespace Registry.LoadTests.Lean;

/// <summary>One call on a <see cref="LeanConnection"/>: what has come of it. Used by one caller at a time.</summary>
internal sealed class LeanStream(int id)
{
    private byte[] _bytes = [];
    private int _start;
    private int _end;
    private StatusCode? _status;
    private string _message = "";

    public int Id { get; } = id;

    /// <summary>What was received and not given back to the stream's window.</summary>
    internal int Unreported { get; set; }

    /// <summary>The server has ended the call: its status is known.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>The status that it ended with; null: it has not, or was reset.</summary>
    public StatusCode? Status => _status;

    /// <summary>Takes the next whole message, if there is one.</summary>
    public bool TryTake<T>(MessageParser<T> parser, out T message)
        where T : IMessage<T>
    {
        message = default!;
        if (_end - _start < 5)
            return false;
        var size = BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(_start + 1));
        if (_end - _start < 5 + size)
            return false;
        message = parser.ParseFrom(_bytes.AsSpan(_start + 5, size));
        _start += 5 + size;
        return true;
    }

    /// <summary>Throws if the call has ended with anything but OK.</summary>
    public void ThrowIfFailed()
    {
        if (IsEnded && _status != StatusCode.OK)
            throw new LoadException(FailureKind.Refused, $"{_status?.ToString() ?? "no status"}: {_message}", _status);
    }

    internal void Received(ReadOnlySpan<byte> data, bool isEnd)
    {
        if (_bytes.Length - _end < data.Length)
        {
            var rest = _end - _start;
            var target = rest + data.Length <= _bytes.Length ? _bytes : new byte[Math.Max(2 * _bytes.Length, rest + data.Length)];
            _bytes.AsSpan(_start, rest).CopyTo(target);
            (_bytes, _start, _end) = (target, 0, rest);
        }

        data.CopyTo(_bytes.AsSpan(_end));
        _end += data.Length;
        IsEnded |= isEnd;
    }

    internal void Headers(ReadOnlySpan<byte> block, bool isEnd)
    {
        foreach (var (name, value) in Hpack.Decode(block))
        {
            if (name == "grpc-status")
                _status = (StatusCode)int.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
            else if (name == "grpc-message")
                _message = Uri.UnescapeDataString(value);
        }

        IsEnded |= isEnd;
    }

    internal void Reset(int code)
    {
        _message = $"RST_STREAM {code}";
        IsEnded = true;
    }

    /// <inheritdoc/>
    public override string ToString() => new StringBuilder().Append(Id).Append(IsEnded ? $" ended {_status} {_message}" : " open").ToString();
}
