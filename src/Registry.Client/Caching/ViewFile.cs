using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Registry.Client.Watching;
using Registry.Protocol.V1;

namespace Registry.Client.Caching;

/// <summary>
/// The last view on disk. One file: 8 bytes that name the format and its version, the SHA-256 of the rest, the rest: the view as the
/// server would have answered it. Replaced as a whole, so that a process that ends in the middle leaves the old one.
/// </summary>
internal sealed partial class ViewFile(string path, ILogger logger)
{
    private const int HashSize = SHA256.HashSizeInBytes;

    // What a file may grow to before it is not ours: 10,000 topics of 10 KiB are far below.
    private const long MaxBytes = 512L * 1024 * 1024;

    private static readonly byte[] Format = "REGVIEW1"u8.ToArray();

    // 1 while somebody writes, who also owns the field below. Not a lock: nobody waits for a disk.
    private int _isWriting;
    private bool _isReported;

    /// <summary>The file of these servers in a directory. Processes that talk to the same registry share it; the last one that writes wins.</summary>
    /// <returns>Null: no directory is given, or the text is no path, which is logged.</returns>
    public static ViewFile? In(string? directory, string key, ILogger logger)
    {
        if (string.IsNullOrEmpty(directory))
        {
            return null;
        }

        try
        {
            return new ViewFile(
                Path.Combine(Path.GetFullPath(directory), $"view-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..16]}.bin"),
                logger);
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or NotSupportedException)
        {
            LogUnwritable(logger, directory, exception.Message);
            return null;
        }
    }

    /// <summary>Reads the view; null if there is none or it can't be used, which is logged and never thrown.</summary>
    public RegistryView? Load()
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            if (new FileInfo(path).Length > MaxBytes)
            {
                throw new InvalidDataException("it is too large");
            }

            return Decode(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException
            or InvalidProtocolBufferException or ArgumentException or WatchBreachException)
        {
            LogUnreadable(logger, path, exception.Message);
            return null;
        }
    }

    /// <summary>Writes the view. What goes wrong is logged once until it goes right again, and never thrown.</summary>
    /// <returns>False: another thread is writing; this view was not written.</returns>
    public bool TrySave(RegistryView view)
    {
        if (Interlocked.CompareExchange(ref _isWriting, 1, 0) != 0)
        {
            return false;
        }

        var temporary = $"{path}.{Environment.ProcessId}.new";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                file.Write(Encode(view));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            _isReported = false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            if (!_isReported)
            {
                _isReported = true;
                LogUnwritable(logger, path, exception.Message);
            }
        }
        finally
        {
            Volatile.Write(ref _isWriting, 0);
        }

        return true;
    }

    internal static byte[] Encode(RegistryView view)
    {
        var answer = new ResolveResponse { Sync = new Sync { Epoch = view.Epoch, Revision = view.Revision } };
        foreach (var (topic, content) in view.Interfaces)
        {
            var message = new InterfaceTopic
            {
                Namespace = topic.Namespace,
                Interface = topic.Name,
                Kind = TopicMessageKind.Snapshot,
                To = content.Revision,
                Absent = content.IsAbsent,
            };
            message.Applications.AddRange(content.Items.Values);
            answer.Interfaces.Add(message);
        }

        foreach (var (topic, content) in view.Applications)
        {
            var message = new ApplicationTopic
            {
                Namespace = topic.Namespace,
                Application = topic.Name,
                Kind = TopicMessageKind.Snapshot,
                To = content.Revision,
                Absent = content.IsAbsent,
            };
            message.Instances.AddRange(content.Items.Values);
            answer.Applications.Add(message);
        }

        var size = answer.CalculateSize();
        var bytes = new byte[Format.Length + HashSize + size];
        Format.CopyTo(bytes, 0);
        answer.WriteTo(bytes.AsSpan(Format.Length + HashSize));
        SHA256.HashData(bytes.AsSpan(Format.Length + HashSize), bytes.AsSpan(Format.Length, HashSize));
        return bytes;
    }

    internal static RegistryView Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Format.Length + HashSize || !bytes.StartsWith(Format))
        {
            throw new InvalidDataException("it is not a view of this version");
        }

        var content = bytes[(Format.Length + HashSize)..];
        Span<byte> hash = stackalloc byte[HashSize];
        SHA256.HashData(content, hash);
        if (!hash.SequenceEqual(bytes.Slice(Format.Length, HashSize)))
        {
            throw new InvalidDataException("its checksum is wrong");
        }

        return ViewBuilder.Read(ResolveResponse.Parser.ParseFrom(content));
    }

    [LoggerMessage(20, LogLevel.Warning, "the cached view {Path} can't be used and is left out: {Problem}")]
    private static partial void LogUnreadable(ILogger logger, string path, string problem);

    [LoggerMessage(21, LogLevel.Warning, "the view can't be kept in {Path}, the client works without: {Problem}")]
    private static partial void LogUnwritable(ILogger logger, string path, string problem);
}
