using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Registry.LoadTests.Servers;

/// <summary>
/// Has another .NET process of this user collect its whole heap, by the port that every one has for diagnostics: a heap that was not
/// collected says nothing about what is kept, and a server's collector may leave old garbage alone for many minutes.
/// </summary>
/// <remarks>
/// The protocol is the runtime's (documented as "diagnostics IPC protocol" in dotnet/diagnostics): a session for events is opened whose
/// keyword asks for a collection, and stopped.
/// </remarks>
internal static class FullCollection
{
    private const byte EventPipe = 2, StopTracing = 1, CollectTracing2 = 3;
    private const int Header = 20;
    private const ulong GcHeapCollect = 0x80_0000;
    private const string Provider = "Microsoft-Windows-DotNETRuntime";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // How long the session stays open: the collection begins with it.
    private static readonly TimeSpan Open = TimeSpan.FromMilliseconds(300);

    /// <summary>Does it; false where it is not possible: not on Linux, or the process is gone.</summary>
    public static async Task<bool> TryAsync(int process, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux() || FindSocket(process) is not { } path)
            return false;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var session = await ConnectAsync(path, patience.Token).ConfigureAwait(false);
            await session.SendAsync(Message(CollectTracing2, Collect()), SocketFlags.None, patience.Token).ConfigureAwait(false);
            var answer = new byte[Header + sizeof(ulong)];
            await ReadAsync(session, answer, patience.Token).ConfigureAwait(false);

            // What it tells has to be taken, or it waits for us.
            var draining = DrainAsync(session, patience.Token);
            await Task.Delay(Open, patience.Token).ConfigureAwait(false);
            using var stop = await ConnectAsync(path, patience.Token).ConfigureAwait(false);
            await stop.SendAsync(Message(StopTracing, answer.AsSpan(Header)), SocketFlags.None, patience.Token).ConfigureAwait(false);
            await draining.ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure is SocketException or EndOfStreamException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    private static string? FindSocket(int process) =>
        Directory.EnumerateFiles(Path.GetTempPath(), $"dotnet-diagnostic-{process}-*-socket").MaxBy(File.GetCreationTimeUtc);

    private static async Task<Socket> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static byte[] Message(byte command, ReadOnlySpan<byte> payload)
    {
        var message = new byte[Header + payload.Length];
        "DOTNET_IPC_V1\0"u8.CopyTo(message);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(14), (ushort)message.Length);
        message[16] = EventPipe;
        message[17] = command;
        payload.CopyTo(message.AsSpan(Header));
        return message;
    }

    private static byte[] Collect()
    {
        using var payload = new MemoryStream();
        using var writer = new BinaryWriter(payload, Encoding.Unicode);
        writer.Write(1); // MiB of buffer
        writer.Write(1); // nettrace
        writer.Write((byte)0); // no rundown
        writer.Write(1); // provider
        writer.Write(GcHeapCollect);
        writer.Write(4); // informational
        writer.Write(Provider.Length + 1);
        writer.Write(Encoding.Unicode.GetBytes(Provider + '\0'));
        writer.Write(0); // no filter
        writer.Flush();
        return payload.ToArray();
    }

    private static async Task ReadAsync(Socket socket, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (buffer.Length > 0)
        {
            var count = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            buffer = count > 0 ? buffer[count..] : throw new EndOfStreamException();
        }
    }

    private static async Task DrainAsync(Socket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        while (await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false) > 0)
        {
        }
    }
}
