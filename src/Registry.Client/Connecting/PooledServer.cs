namespace Registry.Client.Connecting;

/// <summary>One of the registry's addresses, the connection to it, and how the calls to it went.</summary>
internal sealed class PooledServer(ServerAddress address, Func<ServerAddress, RegistryConnection> connect) : IDisposable
{
    private readonly Lazy<RegistryConnection> _connection = new(() => connect(address));

    public ServerAddress Address => address;

    /// <summary>Is made when first asked for; connects when first used.</summary>
    public RegistryConnection Connection => _connection.Value;

    // All owned by the pool's gate.
    public long Attempts { get; set; }

    public long Failures { get; set; }

    public int FailuresInARow { get; set; }

    /// <summary>Until this timestamp the server does not want to be asked.</summary>
    public long NotBefore { get; set; } = long.MinValue;

    public void Dispose()
    {
        if (_connection.IsValueCreated)
        {
            _connection.Value.Dispose();
        }
    }
}
