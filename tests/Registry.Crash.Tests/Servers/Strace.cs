using System.ComponentModel;
using System.Diagnostics;
using Registry.TestKit.Hosting;

namespace Registry.Crash.Tests.Servers;

/// <summary>strace, which sees a process's system calls and can have them fail or take long.</summary>
internal static class Strace
{
    private static readonly Lazy<string?> WhyNot = new(Try);

    /// <summary>Skips the test where strace is missing or may not trace.</summary>
    public static void IsNeeded() => Assert.SkipWhen(WhyNot.Value is not null, $"strace can't be used: {WhyNot.Value}");

    /// <summary>Writes a server's calls to a file, which is whole when the process's output is.</summary>
    public static ServerLaunch Traced(this ServerLaunch launch, string file, params IEnumerable<string> calls) =>
        launch.Under("--seccomp-bpf", "-y", "-s", "65536", "-e", $"trace={string.Join(',', calls)}", "-o", file);

    /// <summary>
    /// Spoils a server's calls as strace's <c>inject=</c> says. Calls are counted for each thread by itself: on a new directory the main thread
    /// syncs and writes less than five times until the server serves, so from the fifth on it is the log's thread alone that is meant.
    /// </summary>
    public static ServerLaunch Spoiled(this ServerLaunch launch, string call, string how) =>
        launch.Under("--seccomp-bpf", "-e", $"trace={call}", "-e", $"inject={call}:{how}", "-o", "/dev/null");

    // -D: the tracer is the grandchild, so that the process that was started is the server, and signals reach it.
    private static ServerLaunch Under(this ServerLaunch launch, params string[] arguments) => launch with { Launcher = ["strace", "-D", "-f", .. arguments] };

    private static string? Try()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("strace", ["-D", "-f", "--seccomp-bpf", "-e", "trace=fsync", "-o", "/dev/null", "true"])
            {
                RedirectStandardError = true,
            })!;
            var said = process.StandardError.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 && said.Length == 0 ? null : $"{said} (exit code {process.ExitCode})";
        }
        catch (Win32Exception missing)
        {
            return missing.Message;
        }
    }
}
