namespace Grpc.Core;

/// <summary>The base of generated clients. Safe for concurrent use.</summary>
/// <typeparam name="T">The client itself.</typeparam>
public abstract class ClientBase<T> : ClientBase
    where T : ClientBase<T>
{
    /// <summary>Makes a client whose every call throws, as a base for test doubles that override the methods.</summary>
    protected ClientBase()
    {
    }

    /// <summary>Makes a client on a channel.</summary>
    /// <param name="channel">The channel; it stays the caller's to close.</param>
    /// <exception cref="ArgumentNullException"><paramref name="channel"/> is <see langword="null"/>.</exception>
    protected ClientBase(ChannelBase channel)
        : base(channel)
    {
    }

    /// <summary>Makes a client on something that starts calls.</summary>
    /// <param name="callInvoker">Starts the calls.</param>
    /// <exception cref="ArgumentNullException"><paramref name="callInvoker"/> is <see langword="null"/>.</exception>
    protected ClientBase(CallInvoker callInvoker)
        : base(callInvoker)
    {
    }

    /// <summary>Makes a client from the configuration of another one; for generated code.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <exception cref="ArgumentNullException"><paramref name="configuration"/> is <see langword="null"/>.</exception>
    protected ClientBase(ClientBaseConfiguration configuration)
        : base(configuration)
    {
    }

    /// <summary>
    /// A client like this one whose calls ask for another authority. Whether it goes out is up to the channel. This client stays as it is.
    /// </summary>
    /// <param name="host">The authority to ask for.</param>
    /// <exception cref="ArgumentNullException"><paramref name="host"/> is <see langword="null"/>.</exception>
    public T WithHost(string host) => NewInstance(Configuration.WithHost(host));

    /// <summary>Makes a client with a configuration; generated code implements it.</summary>
    /// <param name="configuration">The configuration.</param>
    protected abstract T NewInstance(ClientBaseConfiguration configuration);
}
