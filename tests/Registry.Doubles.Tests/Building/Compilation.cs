using System.Text.Json;
using Registry.Doubles.Tests.Catalog;
using Registry.Doubles.Tests.Running;

namespace Registry.Doubles.Tests.Building;

/// <summary>
/// How one project of src/ is compiled, asked of its own build, and doing it again with some sources exchanged: the same compiler, the
/// same references and generators, the same assembly identity. Without DEBUG whatever the configuration, because the debug build's
/// asserts would catch some of the doubles before the suites have to.
/// </summary>
internal sealed class Compilation
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly string[] Dropped = ["/out:", "/refout:", "/doc:", "/warnaserror", "/optimize", "/debug", "/noconfig"];

    private readonly string _folder;
    private readonly string _compiler;
    private readonly string[] _arguments;

    private Compilation(string project, string compiler, string[] arguments)
    {
        Project = project;
        _folder = Path.Combine(Tree.Root, "src", project);
        _compiler = compiler;
        _arguments = arguments;
    }

    public string Project { get; }

    public static async Task<Compilation> AskAsync(string project)
    {
        // What a development environment asks, too: everything up to the compiler's arguments, and not the compiler.
        var ended = await ChildProcess.RunAsync(
            ChildProcess.DotNet,
            [
                "msbuild", Path.Combine(Tree.Root, "src", project, $"{project}.csproj"), "-target:Compile", "-nodeReuse:false",
                "-getItem:CscCommandLineArgs", "-getProperty:RoslynTargetsPath",
                $"-property:Configuration={Tree.Configuration}", "-property:BuildProjectReferences=false",
                "-property:SkipCompilerExecution=true", "-property:ProvideCommandLineArgs=true", "-property:NonExistentFile=none",
            ],
            Tree.Root,
            Patience);
        if (ended.IsHung || ended.ExitCode != 0)
            throw new InvalidOperationException($"the build of {project} does not say how it compiles: {ended}");

        using var answer = JsonDocument.Parse(ended.Output[0]);
        var roslyn = answer.RootElement.GetProperty("Properties").GetProperty("RoslynTargetsPath").GetString()!;
        var arguments = answer.RootElement.GetProperty("Items").GetProperty("CscCommandLineArgs").EnumerateArray().Select(a => a.GetProperty("Identity").GetString()!).ToArray();
        if (arguments.Length == 0)
            throw new InvalidOperationException($"the build of {project} names no arguments for the compiler: {ended}");
        return new Compilation(project, Path.Combine(roslyn, "bincore", "csc.dll"), arguments);
    }

    /// <summary>Compiles with some edits made, into a folder that is there. Returns the assembly.</summary>
    public async Task<string> CompileAsync(IReadOnlyList<Edit> edits, string into)
    {
        var exchanged = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in edits.GroupBy(e => e.File))
        {
            var source = await File.ReadAllTextAsync(Path.Combine(Tree.Root, file.Key));
            foreach (var edit in file)
                source = edit.ApplyTo(source);
            var path = Path.Combine(into, file.Key.Replace('/', '.'));
            await File.WriteAllTextAsync(path, source);
            exchanged.Add(Path.GetRelativePath(_folder, Path.Combine(Tree.Root, file.Key)), path);
        }

        var assembly = Path.Combine(into, $"{Project}.dll");
        var arguments = _arguments
            .Where(a => !Dropped.Any(d => a.StartsWith(d, StringComparison.Ordinal)))
            .Select(a => exchanged.Remove(a, out var other) ? $"\"{other}\"" : a.StartsWith("/define:", StringComparison.Ordinal) ? WithoutDebug(a) : a)
            .ToList();
        if (exchanged.Count > 0)
            throw new StaleDoubleException($"{Project} does not compile {string.Join(", ", exchanged.Keys)}");
        arguments.AddRange([$"/out:\"{assembly}\"", "/optimize+", "/debug:portable", "/skipanalyzers+"]);
        var response = Path.Combine(into, $"{Project}.rsp");
        await File.WriteAllLinesAsync(response, arguments);

        // The compiler server, as in every build: it is warm, and it ends by itself.
        var ended = await ChildProcess.RunAsync(
            ChildProcess.DotNet, ["exec", _compiler, "/shared", "/keepalive:30", "/noconfig", $"@{response}"], _folder, Patience);
        return ended is { IsHung: false, ExitCode: 0 } ? assembly : throw new InvalidOperationException($"{Project} with this edit does not compile: {ended}");
    }
    private static string WithoutDebug(string defines) => string.Join(';', defines["/define:".Length..].Split(';').Where(static d => d != "DEBUG")) is { Length: > 0 } rest ? $"/define:{rest}" : "/define:NDEBUG";
}
