namespace Registry.Cli;

/// <summary>What the process ends with. Scripts rely on these: none ever changes its meaning.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>Any failure that has no code of its own.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the manifest is wrong, or the server found a name or value to be.</summary>
    public const int Usage = 2;

    /// <summary>A name, an instance or a lease is unknown to the registry.</summary>
    public const int NotFound = 3;

    /// <summary>The server can't be reached or did not answer in time.</summary>
    public const int Unavailable = 4;

    /// <summary>The server knows the caller and refuses, or does not know it.</summary>
    public const int Denied = 5;

    /// <summary>resolve: every name is known, and at least one has no instance at present.</summary>
    public const int NoInstance = 6;

    /// <summary>apply, register: everything was taken over or removed by somebody else; nothing is left to hold.</summary>
    public const int NothingLeft = 7;

    /// <summary>apply --dry-run: something would change.</summary>
    public const int Differs = 8;

    /// <summary>snapshot: the backup or the data directory is damaged, or a newer server has written it.</summary>
    public const int Damaged = 9;

    /// <summary>The same list for --help.</summary>
    public const string Help =
        """
        Exit codes:
          0  ok
          1  any other failure
          2  wrong command line, manifest, name or value
          3  not found: a name, an instance or a lease is unknown to the registry
          4  the server is unavailable or did not answer in time
          5  denied
          6  resolve: known, but at least one name has no instance at present
          7  apply, register: others took all of it over, nothing is left to hold
          8  apply --dry-run: something would change
          9  snapshot: the backup or data directory is damaged, or of a newer version
        """;
}
