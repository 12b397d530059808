namespace Registry.LoadTests.Servers;

/// <summary>What is put under load.</summary>
internal enum ServerKind
{
    /// <summary>The server with a plain map where the registry has its striped tables, and no lock around it.</summary>
    Twin,

    /// <summary>The same, and one lock around it.</summary>
    LockedTwin,

    /// <summary>The server as it ships.</summary>
    Registry,
}
