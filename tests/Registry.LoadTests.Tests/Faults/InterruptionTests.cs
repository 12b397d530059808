using System.Diagnostics;
using Registry.LoadTests.Verdicts;
using Registry.TestKit;

namespace Registry.LoadTests.Tests.Faults;

/// <summary>The program as it is started: what Ctrl-C does to it and to the servers that it started.</summary>
[Collection(nameof(Alone))]
public sealed class InterruptionTests
{
    [Fact]
    public async Task CtrlC_EndsWithAWordAnExitCodeAndNoChild()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "children are looked up in /proc");
        var tool = Path.Combine(AppContext.BaseDirectory, "Registry.LoadTests.dll");
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet"
            ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["exec", tool, "--scenario", "fan_out", "--clients", "10", "--duration", "00:01:00"])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var children = await Within.HoldsAsync("start of the tool", "a server", () =>
                ChildrenOf(process.Id), found => found.Length > 0);
            using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
            await Within.DeadlineAsync(process.WaitForExitAsync(TestContext.Current.CancellationToken), "the tool after SIGINT", "its end");
            Assert.Equal((int)ExitCode.Broken, process.ExitCode);
            Assert.Contains("interrupted", await output, StringComparison.Ordinal);
            Assert.Equal("", await errors);
            Assert.All(children, child => Assert.False(Directory.Exists($"/proc/{child}")));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static string[] ChildrenOf(int process)
    {
        return [.. Directory.EnumerateDirectories($"/proc/{process}/task")
            .SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))];
    }
}
