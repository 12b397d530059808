namespace Grpc.Core;

/// <summary>What an <see cref="AsyncAuthInterceptor"/> gets to know of the call. Immutable.</summary>
public class AuthInterceptorContext
{
    /// <summary>Describes a call that cannot be cancelled.</summary>
    /// <param name="serviceUrl">The address of the service.</param>
    /// <param name="methodName">The method's name.</param>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    public AuthInterceptorContext(string serviceUrl, string methodName)
        : this(serviceUrl, methodName, CancellationToken.None)
    {
    }

    /// <summary>Describes a call.</summary>
    /// <param name="serviceUrl">The address of the service.</param>
    /// <param name="methodName">The method's name.</param>
    /// <param name="cancellationToken">Is cancelled when the call is.</param>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    public AuthInterceptorContext(string serviceUrl, string methodName, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(serviceUrl);
        ArgumentNullException.ThrowIfNull(methodName);
        ServiceUrl = serviceUrl;
        MethodName = methodName;
        CancellationToken = cancellationToken;
    }

    /// <summary>The address of the service, which a token may be bound to.</summary>
    public string ServiceUrl { get; }

    /// <summary>The method's name.</summary>
    public string MethodName { get; }

    /// <summary>Is cancelled when the call is, so that fetching a token need not go on.</summary>
    public CancellationToken CancellationToken { get; }
}
