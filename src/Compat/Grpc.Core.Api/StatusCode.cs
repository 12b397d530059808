namespace Grpc.Core;

/// <summary>The outcome of a call, as it travels in the <c>grpc-status</c> trailer. The numbers are fixed by the protocol.</summary>
public enum StatusCode
{
    /// <summary>The call succeeded.</summary>
    OK = 0,

    /// <summary>The call was cancelled, in most cases by the caller.</summary>
    Cancelled = 1,

    /// <summary>Something failed and nothing better is known, for example because a handler threw an ordinary exception.</summary>
    Unknown = 2,

    /// <summary>The request is wrong whatever state the server is in.</summary>
    InvalidArgument = 3,

    /// <summary>The deadline passed before the call ended. The server may have done the work all the same.</summary>
    DeadlineExceeded = 4,

    /// <summary>What the request names does not exist.</summary>
    NotFound = 5,

    /// <summary>What the request wants to create exists already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known but may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A quota, a size limit or some other resource is used up.</summary>
    ResourceExhausted = 8,

    /// <summary>The system is not in the state that the call needs. Trying again without mending that state does not help.</summary>
    FailedPrecondition = 9,

    /// <summary>The call lost against a concurrent one. Trying again from a higher level may help.</summary>
    Aborted = 10,

    /// <summary>The request points past the end of what is there now.</summary>
    OutOfRange = 11,

    /// <summary>The server does not have the method, or does not support it.</summary>
    Unimplemented = 12,

    /// <summary>An invariant of the system is broken.</summary>
    Internal = 13,

    /// <summary>The service cannot be reached now. Trying again later may help.</summary>
    Unavailable = 14,

    /// <summary>Data is lost or corrupt beyond repair.</summary>
    DataLoss = 15,

    /// <summary>The call carries no valid credentials.</summary>
    Unauthenticated = 16,
}
