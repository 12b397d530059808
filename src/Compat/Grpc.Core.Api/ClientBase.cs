using Grpc.Core.Internal;

namespace Grpc.Core;

/// <summary>What all generated clients have in common. Safe for concurrent use.</summary>
public abstract partial class ClientBase
{
    /// <summary>Makes a client whose every call throws, as a base for test doubles that override the methods.</summary>
    protected ClientBase()
        : this(new DisconnectedCallInvoker())
    {
    }

    /// <summary>Makes a client on a channel.</summary>
    /// <param name="channel">The channel; it stays the caller's to close.</param>
    /// <exception cref="ArgumentNullException"><paramref name="channel"/> is <see langword="null"/>.</exception>
    protected ClientBase(ChannelBase channel)
        : this(InvokerOf(channel))
    {
    }

    /// <summary>Makes a client on something that starts calls.</summary>
    /// <param name="callInvoker">Starts the calls.</param>
    /// <exception cref="ArgumentNullException"><paramref name="callInvoker"/> is <see langword="null"/>.</exception>
    protected ClientBase(CallInvoker callInvoker)
        : this(new ClientBaseConfiguration(callInvoker, null))
    {
    }

    /// <summary>Makes a client from the configuration of another one; for generated code.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <exception cref="ArgumentNullException"><paramref name="configuration"/> is <see langword="null"/>.</exception>
    protected ClientBase(ClientBaseConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        Configuration = configuration;
        CallInvoker = configuration.CreateCallInvoker();
    }

    /// <summary>Starts this client's calls.</summary>
    protected CallInvoker CallInvoker { get; }

    internal ClientBaseConfiguration Configuration { get; }

    private static CallInvoker InvokerOf(ChannelBase channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        return channel.CreateCallInvoker();
    }
}
