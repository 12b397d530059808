using System.Buffers;
using System.Text;

namespace Registry.TestKit.Wire;

/// <summary>
/// As much of HPACK (RFC 7541) as a client needs that sends every field literally, enters nothing into any table, and has told the
/// server to keep no table either.
/// </summary>
public static class Hpack
{
    // Appendix A.
    private static readonly (string Name, string Value)[] StaticTable =
    [
        ("", ""), (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"), (":scheme", "http"),
        (":scheme", "https"), (":status", "200"), (":status", "204"), (":status", "206"), (":status", "304"), (":status", "400"), (":status", "404"),
        (":status", "500"), ("accept-charset", ""), ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""), ("accept", ""),
        ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""), ("cache-control", ""), ("content-disposition", ""),
        ("content-encoding", ""), ("content-language", ""), ("content-length", ""), ("content-location", ""), ("content-range", ""), ("content-type", ""),
        ("cookie", ""), ("date", ""), ("etag", ""), ("expect", ""), ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""), ("if-modified-since", ""),
        ("if-none-match", ""), ("if-range", ""), ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""), ("location", ""), ("max-forwards", ""),
        ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""), ("referer", ""), ("refresh", ""), ("retry-after", ""), ("server", ""),
        ("set-cookie", ""), ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""), ("via", ""), ("www-authenticate", ""),
    ];

    public static byte[] Encode(IEnumerable<(string Name, string Value)> fields)
    {
        var block = new ArrayBufferWriter<byte>();
        foreach (var (name, value) in fields)
        {
            block.Write((ReadOnlySpan<byte>)[0]);
            WriteText(block, name);
            WriteText(block, value);
        }

        return block.WrittenSpan.ToArray();
    }

    public static List<(string Name, string Value)> Decode(ReadOnlySpan<byte> block)
    {
        var fields = new List<(string, string)>();
        while (block.Length > 0)
        {
            var first = block[0];
            if ((first & 0x80) != 0)
            {
                fields.Add(StaticTable[ReadNumber(ref block, 7)]);
            }
            else if ((first & 0xe0) == 0x20)
            {
                ReadNumber(ref block, 5);
            }
            else
            {
                var index = ReadNumber(ref block, (first & 0x40) != 0 ? 6 : 4);
                var name = index == 0 ? ReadText(ref block) : StaticTable[index].Name;
                fields.Add((name, ReadText(ref block)));
            }
        }

        return fields;
    }

    private static void WriteText(ArrayBufferWriter<byte> block, string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var length = bytes.Length;
        if (length < 0x7f)
        {
            block.Write((ReadOnlySpan<byte>)[(byte)length]);
        }
        else
        {
            block.Write((ReadOnlySpan<byte>)[0x7f]);
            for (length -= 0x7f; length >= 0x80; length >>= 7)
                block.Write((ReadOnlySpan<byte>)[(byte)(length | 0x80)]);
            block.Write((ReadOnlySpan<byte>)[(byte)length]);
        }

        block.Write(bytes);
    }

    private static string ReadText(ref ReadOnlySpan<byte> block)
    {
        if ((block[0] & 0x80) != 0)
            throw new NotSupportedException("the server compresses its header fields, which this client can't read");
        var length = ReadNumber(ref block, 7);
        var text = Encoding.Latin1.GetString(block[..length]);
        block = block[length..];
        return text;
    }

    private static int ReadNumber(ref ReadOnlySpan<byte> block, int prefixBits)
    {
        var mask = (1 << prefixBits) - 1;
        var number = block[0] & mask;
        block = block[1..];
        if (number < mask)
            return number;
        for (var shift = 0; ; shift += 7)
        {
            var octet = block[0];
            block = block[1..];
            number += (octet & 0x7f) << shift;
            if ((octet & 0x80) == 0)
                return number;
        }
    }
}
