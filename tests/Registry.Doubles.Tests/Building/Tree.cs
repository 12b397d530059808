namespace Registry.Doubles.Tests.Building;

/// <summary>Where the sources and the built test projects are, found from where this assembly is.</summary>
internal static class Tree
{
    // .../tests/<project>/bin/<configuration>/<framework>/
    private static readonly DirectoryInfo Output = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    public static string Configuration { get; } = Output.Parent!.Name;

    public static string Root { get; } = FindRoot();

    /// <summary>What the build of a test project has made, in the configuration of this one.</summary>
    public static string OutputOf(string testProject) => Path.Combine(Root, "tests", testProject, "bin", Configuration, Output.Name);

    private static string FindRoot()
    {
        for (var folder = Output; folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Registry.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("the doubles are built from the sources, and there is no Registry.sln above this assembly");
    }
}
