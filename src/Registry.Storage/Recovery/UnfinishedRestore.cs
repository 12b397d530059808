namespace Registry.Storage.Recovery;

/// <summary>
/// How a directory shows that a restore has begun in it and has not come to its end. As long as a file with such a name is there, no
/// server starts from the directory.
/// </summary>
/// <remarks>
/// Without it this could happen: a restore dies after its first file is made; the server is started on the directory, finds neither a
/// snapshot nor a segment, takes that for a new registry, and answers everybody that nothing is there.
/// </remarks>
internal static class UnfinishedRestore
{
    private const string Extension = ".restoring";

    /// <summary>What a file is called until it counts.</summary>
    public static string NameOf(string name) => name + Extension;

    public static bool Matches(string name) => name.EndsWith(Extension, StringComparison.Ordinal);

    public static UnusableStorageException Refuse(string path) => new(
        $"{path}: a restore into this directory was not finished. Run registry snapshot restore again, or remove the directory");
}
