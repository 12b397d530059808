using System.Diagnostics.CodeAnalysis;

namespace Grpc.Core;

/// <summary>Wishes about how a message is written. They can be combined.</summary>
[Flags]
[SuppressMessage("Design", "CA1008:Enums should have zero value", Justification = "The contract has no member for zero.")]
public enum WriteFlags
{
    /// <summary>More messages follow soon, so this one may wait in a buffer for a while.</summary>
    BufferHint = 0x1,

    /// <summary>The message goes out uncompressed even where compression is on.</summary>
    NoCompress = 0x2,
}
