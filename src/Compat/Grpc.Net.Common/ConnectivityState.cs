namespace Grpc.Core;

/// <summary>What a channel knows of its connection.</summary>
public enum ConnectivityState
{
    /// <summary>There is no connection and none is being made. The next call changes that.</summary>
    Idle,

    /// <summary>A connection is being made.</summary>
    Connecting,

    /// <summary>There is a connection.</summary>
    Ready,

    /// <summary>The last attempt to connect failed; another one follows after a pause.</summary>
    TransientFailure,

    /// <summary>The channel is closed for good.</summary>
    Shutdown,
}
