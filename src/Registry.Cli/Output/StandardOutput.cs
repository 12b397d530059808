using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Registry.Cli.Output;

/// <summary>
/// Standard output that hands every line on at once, and tells when its reader is gone. The console's own stream swallows
/// that, and a watch would go on writing to nobody for ever.
/// </summary>
internal sealed class StandardOutput : Stream
{
    private readonly Stream _inner;

    private StandardOutput(Stream inner)
    {
        _inner = inner;
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static TextWriter Open()
    {
        const int Handle = 1;
        Stream inner = new FileStream(new SafeFileHandle(Handle, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        if (inner.CanSeek)
        {
            // A file: it has no reader to lose, and FileStream would not move the position that other writers share.
            inner = Console.OpenStandardOutput();
        }

        var writer = new StreamWriter(new StandardOutput(inner), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };
        // Leases and watches write from different threads.
        return TextWriter.Synchronized(writer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            _inner.Write(buffer);
        }
        catch (IOException exception)
        {
            throw new OutputClosedException(exception);
        }
    }

    public override void Flush() => _inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
