using System.ComponentModel;

namespace Grpc.Core;

/// <summary>The methods of a service with their handlers, as a generated <c>BindService</c> makes it. Immutable.</summary>
public sealed partial class ServerServiceDefinition
{
    private readonly IReadOnlyList<Action<ServiceBinderBase>> _methods;

    private ServerServiceDefinition(IReadOnlyList<Action<ServiceBinderBase>> methods) => _methods = methods;

    /// <summary>Starts a definition.</summary>
    public static Builder CreateBuilder() => new();

    /// <summary>Tells a server every method, in the order in which they were added. For servers only.</summary>
    /// <param name="serviceBinder">The server's side.</param>
    /// <exception cref="ArgumentNullException"><paramref name="serviceBinder"/> is <see langword="null"/>.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void BindService(ServiceBinderBase serviceBinder)
    {
        ArgumentNullException.ThrowIfNull(serviceBinder);
        foreach (var method in _methods)
            method(serviceBinder);
    }
}
