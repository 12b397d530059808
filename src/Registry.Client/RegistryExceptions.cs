using Grpc.Core;
using Registry.Client.Connecting;

namespace Registry.Client;

/// <summary>Something that the registry client could not do. The message says what, and what the server or the network said.</summary>
public class RegistryException : Exception
{
    internal RegistryException(string message, RegistryFault? fault = null, Exception? inner = null)
        : base(message, inner)
    {
        Code = fault?.Code ?? StatusCode.Unknown;
        Reason = fault?.Reason ?? "";
        Field = fault?.Field ?? "";
    }

    /// <summary>The gRPC status.</summary>
    public StatusCode Code { get; }

    /// <summary>The server's reason, a constant such as <c>LIMIT_INSTANCES</c>; empty if it gave none.</summary>
    public string Reason { get; }

    /// <summary>The field of the request at fault; empty if none is.</summary>
    public string Field { get; }

    internal static RegistryException NobodyServes(Resolving.ServiceView view, IReadOnlyList<string> protocols)
    {
        var why = view.Status switch
        {
            Resolving.ServiceStatus.Unknown => "nobody declares it",
            Resolving.ServiceStatus.NoInstance => $"no instance of {string.Join(", ", view.Applications)} serves it at present",
            _ => $"none of its {view.Instances.Length} instances takes calls over {string.Join(" or ", protocols)}",
        };
        return new RegistryUnavailableException(
            $"no call can go to {view.Topic}", new RegistryFault(StatusCode.Unavailable, "NO_INSTANCE", "", why));
    }

    internal static RegistryException From(string what, RegistryFault fault, Exception? inner = null) => fault.IsTransient
        ? new RegistryUnavailableException(what, fault, inner)
        : new RegistryException($"{what}: {fault.Describe()}", fault, inner);
}

/// <summary>No server has answered in time. The same may succeed later.</summary>
public sealed class RegistryUnavailableException : RegistryException
{
    internal RegistryUnavailableException(string what, RegistryFault fault, Exception? inner = null)
        : base($"{what}: {fault.Describe()}", fault, inner)
    {
    }
}

/// <summary>An option or an address does not say what it must. Nothing has been started.</summary>
public sealed class RegistryConfigurationException : RegistryException
{
    internal RegistryConfigurationException(string option, string problem, Exception? inner = null)
        : base($"registry client: {option} {problem}", new RegistryFault(StatusCode.InvalidArgument, "", option, problem), inner)
    {
        Option = option;
    }

    /// <summary>Which option, by its name in <see cref="RegistryClientOptions"/>.</summary>
    public string Option { get; }
}
