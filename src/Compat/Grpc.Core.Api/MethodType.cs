namespace Grpc.Core;

/// <summary>Which sides of a method send more than one message.</summary>
public enum MethodType
{
    /// <summary>One request, one response.</summary>
    Unary,

    /// <summary>A stream of requests, one response.</summary>
    ClientStreaming,

    /// <summary>One request, a stream of responses.</summary>
    ServerStreaming,

    /// <summary>A stream each way, independent of each other.</summary>
    DuplexStreaming,
}
