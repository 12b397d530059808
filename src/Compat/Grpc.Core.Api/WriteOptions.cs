namespace Grpc.Core;

/// <summary>How messages are written. Immutable, so safe to share between threads.</summary>
public class WriteOptions
{
    /// <summary>No special wishes.</summary>
    public static readonly WriteOptions Default = new();

    /// <summary>Makes the options.</summary>
    /// <param name="flags">The wishes; none unless given.</param>
    public WriteOptions(WriteFlags flags = default) => Flags = flags;

    /// <summary>The wishes.</summary>
    public WriteFlags Flags { get; }
}
