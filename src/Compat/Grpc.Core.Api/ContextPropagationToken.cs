namespace Grpc.Core;

/// <summary>
/// Stands for a call on a server, for calls that are made on its behalf. A gRPC implementation that supports this has its own
/// subclass.
/// </summary>
public abstract class ContextPropagationToken
{
}
