namespace Registry.Server.Hosting;

/// <summary>The data directory.</summary>
internal static class DataDirectory
{
    /// <summary>
    /// Throws <see cref="CannotStartException"/> if there can't be a directory at this path, because a file is there or above it.
    /// In memory mode nothing is created or written; a path that could never work is a mistake all the same.
    /// </summary>
    public static void Check(string path)
    {
        for (var at = path; at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at))
        {
            if (File.Exists(at))
                throw new CannotStartException($"{OptionNames.Data} {path}: {at} is a file, not a directory");
        }
    }
}
