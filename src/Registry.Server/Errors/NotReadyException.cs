using Registry.Core;

namespace Registry.Server.Errors;

/// <summary>The server has not read its log yet: there is no registry to ask.</summary>
internal sealed class NotReadyException(string reason) : Exception(reason)
{
    /// <summary>What whoever asks is told.</summary>
    public RegistryError Error { get; } = new(
        ErrorKind.Unavailable, ErrorReasons.NotReady, $"not ready: {reason}; try again later, or another server");
}
