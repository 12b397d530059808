namespace Registry.Storage;

/// <summary>
/// The data directory or a backup can't be used, or what is in it can't be trusted. The message is one line for people: which file, where
/// in it, and what to do.
/// </summary>
public sealed class UnusableStorageException : Exception
{
    private string? _fault;
    private string? _ofBackup;

    internal UnusableStorageException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }

    private UnusableStorageException(string fault, string ofDirectory, string ofBackup)
        : this($"{fault}. Nothing was changed. {ofDirectory}")
    {
        _fault = fault;
        _ofBackup = ofBackup;
    }

    /// <summary>
    /// What was read is damaged, or a newer server has written it: it stays so, however often it is read. False: something is in the way, such as
    /// a server that works on the directory.
    /// </summary>
    public bool IsContent => _fault is not null;

    internal static UnusableStorageException Damaged(string path, long offset, string what) => new(
        $"{path}: damaged at offset {offset}: {what}",
        "Restore the data directory from a copy, or move it away and start empty: whoever is alive registers again",
        "It is no backup: use another one");

    internal static UnusableStorageException Newer(string path, long offset, string what) => new(
        $"{path}: at offset {offset} {what}, which a newer server has written",
        "Start that server, or move the data directory away and start empty: whoever is alive registers again",
        "Use the registry command that came with that server");

    /// <summary>The same for people who hold a backup in their hands, and no data directory.</summary>
    internal UnusableStorageException OfBackup() => IsContent ? new($"{_fault}. {_ofBackup}", InnerException) { _fault = _fault, _ofBackup = _ofBackup } : this;
}
