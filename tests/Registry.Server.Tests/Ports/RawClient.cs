using System.Net;
using System.Net.Sockets;
using System.Text;
using Registry.TestKit;

namespace Registry.Server.Tests.Ports;

/// <summary>A client that says exactly what the test says.</summary>
internal sealed class RawClient : IDisposable
{
    public static readonly byte[] Http2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();
    public static readonly byte[] EmptySettings = [0, 0, 0, 4, 0, 0, 0, 0, 0];

    // SETTINGS_INITIAL_WINDOW_SIZE = 0: no DATA may be sent to this client.
    public static readonly byte[] NoWindow = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0];

    private readonly TcpClient _tcp = new() { NoDelay = true };

    private RawClient()
    {
    }

    private NetworkStream Stream => _tcp.GetStream();

    public static async Task<RawClient> ConnectAsync(Uri address)
    {
        var client = new RawClient();
        await client._tcp.ConnectAsync(IPAddress.Parse(address.Host), address.Port);
        return client;
    }

    /// <summary>HEADERS and DATA of a call with one message, complete, on stream 1.</summary>
    public static byte[] Call(string path, byte[] message)
    {
        (string Name, string Value)[] fields =
        [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "x"),
            ("content-type", "application/grpc"), ("te", "trailers"),
        ];

        // Literals without indexing, uncompressed, shorter than 127.
        byte[] block = [.. fields.SelectMany(field => (byte[])[0, .. Text(field.Name), .. Text(field.Value)])];
        return
        [
            0, 0, (byte)block.Length, 1, 0x4, 0, 0, 0, 1, .. block,
            0, 0, (byte)message.Length, 0, 0x1, 0, 0, 0, 1, .. message,
        ];

        static byte[] Text(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];
    }

    /// <summary>Reads frames until one of this type has come.</summary>
    public async Task FrameAsync(byte type, string phase)
    {
        byte[] header;
        do
        {
            header = await ReadAsync(9, phase);
            await ReadAsync((header[0] << 16) | (header[1] << 8) | header[2], phase);
        }
        while (header[3] != type);
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await Stream.WriteAsync(bytes);

    /// <summary>Every byte a write of its own.</summary>
    public async Task DribbleAsync(ReadOnlyMemory<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
            await Stream.WriteAsync(bytes.Slice(i, 1));
    }

    /// <summary>Reads until the server ends the connection, by an end or by a reset.</summary>
    public async Task<byte[]> ReadToEndAsync(string phase)
    {
        using var all = new MemoryStream();
        try
        {
            await Within.DeadlineAsync(Stream.CopyToAsync(all), phase, "the end of the connection", () => $"{all.Length} bytes so far");
        }
        catch (IOException)
        {
            // A reset is an end too.
        }

        return all.ToArray();
    }

    public async Task<byte[]> ReadAsync(int count, string phase)
    {
        var bytes = new byte[count];
        await Within.DeadlineAsync(Stream.ReadExactlyAsync(bytes).AsTask(), phase, $"{count} bytes");
        return bytes;
    }

    public void Dispose() => _tcp.Dispose();
}
