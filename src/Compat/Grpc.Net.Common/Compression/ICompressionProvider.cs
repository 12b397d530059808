using System.IO.Compression;

namespace Grpc.Net.Compression;

/// <summary>One way to compress messages. Safe for concurrent use: each message gets a stream of its own.</summary>
public interface ICompressionProvider
{
    /// <summary>The name of the method on the wire, in <c>grpc-encoding</c> and <c>grpc-accept-encoding</c>.</summary>
    string EncodingName { get; }

    /// <summary>Makes a stream that compresses what is written to it.</summary>
    /// <param name="stream">Takes the compressed bytes. It stays open when the result is disposed.</param>
    /// <param name="compressionLevel">How hard to compress; <see langword="null"/> for the provider's own choice.</param>
    Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel);

    /// <summary>Makes a stream from which the original bytes are read.</summary>
    /// <param name="stream">Gives the compressed bytes.</param>
    Stream CreateDecompressionStream(Stream stream);
}
