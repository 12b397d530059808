namespace Grpc.Core;

/// <summary>A logical connection to a service. Safe for concurrent use and meant to be shared by many clients.</summary>
public abstract class ChannelBase
{
    /// <summary>Makes the base of a channel.</summary>
    /// <param name="target">Where the channel leads, for humans.</param>
    /// <exception cref="ArgumentNullException"><paramref name="target"/> is <see langword="null"/>.</exception>
    protected ChannelBase(string target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Target = target;
    }

    /// <summary>Where the channel leads, for humans.</summary>
    public string Target { get; }

    /// <summary>Makes something that starts calls on this channel.</summary>
    public abstract CallInvoker CreateCallInvoker();

    /// <summary>Closes the channel.</summary>
    /// <returns>Ends when the channel has released what it holds.</returns>
    public Task ShutdownAsync() => ShutdownAsyncCore();

    /// <summary>Does the closing. Unless overridden there is nothing to release.</summary>
    protected virtual Task ShutdownAsyncCore() => Task.CompletedTask;
}
