namespace Grpc.Core.Interceptors;

/// <summary>Puts interceptors before a channel.</summary>
public static class ChannelExtensions
{
    /// <summary>Puts an interceptor before a channel.</summary>
    /// <param name="channel">The channel; it stays as it is.</param>
    /// <param name="interceptor">Sees each call first.</param>
    /// <returns>An invoker for clients to be made on.</returns>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    public static CallInvoker Intercept(this ChannelBase channel, Interceptor interceptor) =>
        InvokerOf(channel).Intercept(interceptor);

    /// <summary>Puts interceptors before a channel. The first of them sees each call first.</summary>
    /// <param name="channel">The channel; it stays as it is.</param>
    /// <param name="interceptors">The interceptors; with none every call goes straight to the channel.</param>
    /// <returns>An invoker for clients to be made on.</returns>
    /// <exception cref="ArgumentNullException">An argument or an interceptor is <see langword="null"/>.</exception>
    public static CallInvoker Intercept(this ChannelBase channel, params Interceptor[] interceptors) =>
        InvokerOf(channel).Intercept(interceptors);

    /// <summary>Sends the headers of each call through a function.</summary>
    /// <param name="channel">The channel; it stays as it is.</param>
    /// <param name="interceptor">
    /// Gets the headers of the call, empty ones if it has none, and returns those to send. Headers that it changes in place belong to
    /// the caller.
    /// </param>
    /// <returns>An invoker for clients to be made on.</returns>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    public static CallInvoker Intercept(this ChannelBase channel, Func<Metadata, Metadata> interceptor) =>
        InvokerOf(channel).Intercept(interceptor);

    private static CallInvoker InvokerOf(ChannelBase channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        return channel.CreateCallInvoker();
    }
}
