namespace Registry.Storage;

/// <summary>
/// The data directory can't be used, or what is in it can't be trusted. The message is one line for people: which file, where in it, and
/// what to do.
/// </summary>
public sealed class UnusableStorageException : Exception
{
    internal UnusableStorageException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }

    internal static UnusableStorageException Damaged(string path, long offset, string what) => new(
        $"{path}: damaged at offset {offset}: {what}. "
        + "Nothing was changed. Restore the data directory from a copy, or move it away and start empty: whoever is alive registers again");

    internal static UnusableStorageException Newer(string path, long offset, string what) => new(
        $"{path}: at offset {offset} {what}, which a newer server has written. "
        + "Nothing was changed. Start that server, or move the data directory away and start empty: whoever is alive registers again");
}
