namespace Registry.Client;

/// <summary>Whether what a client knows is kept up to date.</summary>
public enum RegistryConnectionState
{
    /// <summary>Nothing is followed, so no connection is needed.</summary>
    Idle,

    /// <summary>Something is followed, and no server has answered yet.</summary>
    Connecting,

    /// <summary>A server tells every change.</summary>
    Connected,

    /// <summary>The server is lost. What is known stays as it was; another attempt follows.</summary>
    Interrupted,
}

/// <summary>How a client stands to its registry at one moment. Immutable.</summary>
/// <param name="State">Whether what it knows is kept up to date.</param>
/// <param name="Since">For how long that has been so.</param>
/// <param name="Fault">Why it is not connected; null if nothing is wrong.</param>
public sealed record RegistryConnectionStatus(RegistryConnectionState State, TimeSpan Since, string? Fault);
