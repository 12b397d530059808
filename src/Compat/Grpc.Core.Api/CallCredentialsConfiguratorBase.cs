namespace Grpc.Core;

/// <summary>How a gRPC implementation learns what some <see cref="CallCredentials"/> are. Applications do not need it.</summary>
public abstract class CallCredentialsConfiguratorBase
{
    /// <summary>The credentials consist of several ones.</summary>
    /// <param name="state">What the implementation passed in.</param>
    /// <param name="credentials">The parts, in the order in which they apply.</param>
    public abstract void SetCompositeCredentials(object? state, IReadOnlyList<CallCredentials> credentials);

    /// <summary>The credentials are a function that adds headers.</summary>
    /// <param name="state">What the implementation passed in.</param>
    /// <param name="interceptor">The function.</param>
    public abstract void SetAsyncAuthInterceptorCredentials(object? state, AsyncAuthInterceptor interceptor);
}
