namespace Registry.LoadTests.Servers;

/// <summary>The real server's files in a folder of their own, with the twin's core in place of the real one.</summary>
internal static class TwinFolder
{
    private const string Core = "Registry.Core.dll";

    /// <summary>Makes one. Whoever asked for it deletes it.</summary>
    public static string Prepare()
    {
        var folder = Directory.CreateTempSubdirectory("registry-twin-").FullName;
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory))
        {
            if (Path.GetExtension(file) is ".dll" or ".json")
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        File.Copy(Path.Combine(AppContext.BaseDirectory, "twin", Core), Path.Combine(folder, Core), overwrite: true);
        return folder;
    }
}
