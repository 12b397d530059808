using Grpc.Core.Internal;

namespace Grpc.Core.Interceptors;

/// <summary>Puts interceptors before a <see cref="CallInvoker"/>.</summary>
public static class CallInvokerExtensions
{
    /// <summary>Puts an interceptor before an invoker, and so before every interceptor that the invoker has already.</summary>
    /// <param name="invoker">The invoker; it stays as it is.</param>
    /// <param name="interceptor">Sees each call first.</param>
    /// <returns>A new invoker.</returns>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    public static CallInvoker Intercept(this CallInvoker invoker, Interceptor interceptor) =>
        new InterceptedCallInvoker(invoker, interceptor);

    /// <summary>Puts interceptors before an invoker. The first of them sees each call first.</summary>
    /// <param name="invoker">The invoker; it stays as it is.</param>
    /// <param name="interceptors">The interceptors; with none the invoker itself comes back.</param>
    /// <returns>A new invoker.</returns>
    /// <exception cref="ArgumentNullException">An argument or an interceptor is <see langword="null"/>.</exception>
    public static CallInvoker Intercept(this CallInvoker invoker, params Interceptor[] interceptors)
    {
        ArgumentNullException.ThrowIfNull(invoker);
        ArgumentNullException.ThrowIfNull(interceptors);
        for (var i = interceptors.Length - 1; i >= 0; i--)
            invoker = invoker.Intercept(interceptors[i]);
        return invoker;
    }

    /// <summary>Sends the headers of each call through a function.</summary>
    /// <param name="invoker">The invoker; it stays as it is.</param>
    /// <param name="interceptor">
    /// Gets the headers of the call, empty ones if it has none, and returns those to send. Headers that it changes in place belong to
    /// the caller.
    /// </param>
    /// <returns>A new invoker.</returns>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    public static CallInvoker Intercept(this CallInvoker invoker, Func<Metadata, Metadata> interceptor)
    {
        ArgumentNullException.ThrowIfNull(interceptor);
        return invoker.Intercept(new MetadataInterceptor(interceptor));
    }
}
