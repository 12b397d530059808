using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Registry.Doubles.Tests.Building;
using Registry.Doubles.Tests.Catalog;
using Registry.Doubles.Tests.Running;
using Xunit;

namespace Registry.Doubles.Tests;

/// <summary>
/// Compiles the doubles, one after the other while the tests already run, and first of all the control: the same assemblies made in
/// the same way with nothing wrong. All suites must pass with these, or a failure on a double says nothing. Everything is in
/// one temporary folder, which goes at the end.
/// </summary>
public sealed class Workbench : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("registry-doubles-").FullName;
    private readonly ConcurrentDictionary<string, (string Folder, Task<string> Assembly)> _compiled = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<Catch> _catches = new();
    private readonly SemaphoreSlim _compiling = new(1);
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>How often each double is run. More than once to measure how surely it is caught.</summary>
    public static int Tries { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("REGISTRY_DOUBLES_TRIES"), NumberStyles.None, CultureInfo.InvariantCulture, out var tries) ? Math.Max(1, tries) : 1;

    public async ValueTask InitializeAsync()
    {
        var chosen = DoubleCatalog.Chosen.ToList();
        var projects = chosen.Select(d => d.Project).Distinct().ToList();
        var compilations = (await Task.WhenAll(projects.Select(Compilation.AskAsync))).ToDictionary(c => c.Project);
        var controls = projects.ToDictionary(p => p, p => CompileAsync(compilations[p], $"control-{p}", []));
        foreach (var @double in chosen)
            _compiled[@double.Name] = CompileAsync(compilations[@double.Project], @double.Name, @double.Edits);

        var suites = chosen.SelectMany(d => d.CaughtBy.Select(suite => (d.Project, Suite: suite))).Distinct();
        foreach (var group in suites.GroupBy(s => (s.Project, Tests: s.Suite.Project), s => s.Suite))
        {
            var (folder, assembly) = controls[group.Key.Project];
            var control = await SuiteRun.RunAsync(group.Key.Tests, [.. group], await assembly, folder, Deadline);
            if (!control.IsClean)
                throw new InvalidOperationException($"the suites fail with nothing wrong, so their failing on a double would say nothing: {control}");
            Directory.Delete(Path.Combine(folder, group.Key.Tests), recursive: true);
        }
    }

    public ValueTask DisposeAsync()
    {
        _compiling.Dispose();
        Directory.Delete(_folder, recursive: true);
        return default;
    }

    internal async Task<IReadOnlyList<SuiteRun>> RunAsync(BrokenDouble @double, string testProject, IReadOnlyCollection<Suite> suites)
    {
        var (folder, assembly) = _compiled[@double.Name];
        var runs = new List<SuiteRun>();
        for (var i = 0; i < Tries; i++)
            runs.Add(await SuiteRun.RunAsync(testProject, suites, await assembly, folder, Deadline));
        Directory.Delete(Path.Combine(folder, testProject), recursive: true);
        return runs;
    }

    /// <summary>The doubles of which every run was caught by every suite that is there for it.</summary>
    internal int CaughtDoubles => _catches.GroupBy(c => c.Double).Count(d => d.All(c => c.Caught > 0));

    internal void Note(Catch caught) => _catches.Enqueue(caught);

    private (string Folder, Task<string> Assembly) CompileAsync(Compilation compilation, string name, Edit[] edits)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        return (folder, InTurnAsync());

        async Task<string> InTurnAsync()
        {
            await _compiling.WaitAsync();
            try
            {
                return await compilation.CompileAsync(edits, folder);
            }
            finally
            {
                _compiling.Release();
            }
        }
    }

    /// <summary>What was caught until now, a line a suite, and the sum.</summary>
    internal string Report()
    {
        var report = new StringBuilder();
        foreach (var caught in _catches)
            report.AppendLine(CultureInfo.InvariantCulture, $"{caught.Double,-36} {(caught.Caught == caught.Tries ? "caught" : "MISSED"),-8}{caught.Caught,3} of {caught.Tries,-3} {caught.Time.TotalSeconds,6:0.0} s  {caught.By}");
        report.Append(CultureInfo.InvariantCulture, $"proof: doubles caught: {CaughtDoubles} of {DoubleCatalog.Chosen.Count()}, in {Stopwatch.GetElapsedTime(_start).TotalSeconds:0} s");
        return report.ToString();
    }
}

/// <summary>What became of a double.</summary>
internal sealed record Catch(string Double, int Caught, int Tries, TimeSpan Time, string By);
