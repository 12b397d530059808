using System.Diagnostics;
using System.Xml.Linq;
using Registry.Doubles.Tests.Building;
using Registry.Doubles.Tests.Catalog;

namespace Registry.Doubles.Tests.Running;

/// <summary>One run of some suites of one test project, as they were built, with one assembly exchanged.</summary>
/// <param name="Failed">The tests that failed, and their first lines.</param>
/// <param name="Passed">How many passed.</param>
/// <param name="IsHung">The run was ended at its deadline.</param>
/// <param name="Breakdown">The run broke otherwise than by a test; null: it did not.</param>
/// <param name="Time">How long it took.</param>
internal sealed record SuiteRun(IReadOnlyList<FailedTest> Failed, int Passed, bool IsHung, string? Breakdown, TimeSpan Time)
{
    public static async Task<SuiteRun> RunAsync(string testProject, IReadOnlyCollection<Suite> suites, string assembly, string into, TimeSpan deadline)
    {
        var start = Stopwatch.GetTimestamp();
        var folder = Path.Combine(into, testProject);
        if (!Directory.Exists(folder))
            CopyAll(Tree.OutputOf(testProject), folder);
        File.Copy(assembly, Path.Combine(folder, Path.GetFileName(assembly)), overwrite: true);

        var report = Path.Combine(into, "report.xml");
        File.Delete(report);
        var arguments = new List<string> { "exec", Path.Combine(folder, $"{testProject}.dll"), "-xml", report, "-noLogo", "-noColor" };
        foreach (var suite in suites)
            arguments.AddRange(["-method", $"{suite.FullClass}.{suite.Method ?? "*"}"]); // Filters of two kinds would mean "and".
        if (suites.Count == 1)
            arguments.Add("-stopOnFail");
        var ended = await ChildProcess.RunAsync(ChildProcess.DotNet, arguments, folder, deadline);
        var time = Stopwatch.GetElapsedTime(start);
        if (ended.IsHung)
            return new SuiteRun([], 0, IsHung: true, null, time);
        if (!File.Exists(report))
            return new SuiteRun([], 0, IsHung: false, $"the run left no report: {ended}", time);

        var tests = XDocument.Load(report).Descendants("test").ToList();
        var failed = tests.Where(t => (string?)t.Attribute("result") == "Fail").Select(FailedTest.Read).ToList();
        var passed = tests.Count(t => (string?)t.Attribute("result") == "Pass");
        var breakdown = failed.Count + passed == 0 ? $"no test was run: {ended}" : null;
        return new SuiteRun(failed, passed, IsHung: false, breakdown, time);
    }

    /// <summary>The run was clean: tests were run, and none failed.</summary>
    public bool IsClean => !IsHung && Breakdown is null && Failed.Count == 0;

    /// <summary>A test of this suite failed.</summary>
    public bool IsCaughtBy(Suite suite) => Failed.Any(f => f.IsOf(suite));

    public override string ToString() =>
        IsHung ? "ended at the deadline" : Breakdown ?? $"{Passed} passed, {Failed.Count} failed: {string.Join("; ", Failed.Take(5))}";

    private static void CopyAll(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            if (Path.GetExtension(file) is not (".pdb" or ".xml"))
                File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }
    }
}

/// <summary>A test that failed.</summary>
internal sealed record FailedTest(string Class, string Method, string Message)
{
    public static FailedTest Read(XElement test)
    {
        var message = test.Descendants("message").FirstOrDefault()?.Value.Trim() ?? "";
        var line = message.ReplaceLineEndings(" ");
        return new FailedTest((string)test.Attribute("type")!, (string)test.Attribute("method")!, line.Length > 200 ? line[..200] : line);
    }

    public bool IsOf(Suite suite) => Class == suite.FullClass && (suite.Method is null || Method == suite.Method);

    public override string ToString() => $"{Method}: {Message}";
}
