using Grpc.Core.Internal;

namespace Grpc.Core;

/// <summary>Credentials that travel with each call, such as a token in a header. Immutable, so safe to share between threads.</summary>
public abstract class CallCredentials
{
    /// <summary>Makes credentials that apply several ones, in the given order.</summary>
    /// <param name="credentials">At least two.</param>
    /// <exception cref="ArgumentNullException">The array or one of its elements is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">There are fewer than two.</exception>
    public static CallCredentials Compose(params CallCredentials[] credentials) => new CompositeCallCredentials(credentials);

    /// <summary>Makes credentials from a function that adds headers.</summary>
    /// <param name="interceptor">Runs before each call.</param>
    /// <exception cref="ArgumentNullException"><paramref name="interceptor"/> is <see langword="null"/>.</exception>
    public static CallCredentials FromInterceptor(AsyncAuthInterceptor interceptor) => new InterceptorCallCredentials(interceptor);

    /// <summary>
    /// Tells a gRPC implementation what these credentials are, by calling the fitting member of the configurator. Not meant to be
    /// called by applications.
    /// </summary>
    /// <param name="configurator">The implementation's side.</param>
    /// <param name="state">Is handed to the configurator as it is.</param>
    public abstract void InternalPopulateConfiguration(CallCredentialsConfiguratorBase configurator, object? state);
}
