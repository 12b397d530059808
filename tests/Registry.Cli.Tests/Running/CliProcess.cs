using System.Diagnostics;
using System.Runtime.InteropServices;
using Registry.TestKit;

namespace Registry.Cli.Tests.Running;

/// <summary>The command line as a process, for what only a process can show: signals, pipes, exit codes.</summary>
internal sealed partial class CliProcess : IAsyncDisposable
{
    private readonly Process _process;

    private CliProcess(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        // Nothing of whoever runs the tests: neither variables nor profiles.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("REGISTRY_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["HOME"] = AppContext.BaseDirectory;
        _process = Process.Start(start) ?? throw new InvalidOperationException("The process did not start.");
    }

    // Beside the tests the build puts the command without what the tests' own framework has, so it runs on that one.
    private static readonly string[] Command =
    [
        DotNet(), "exec", "--runtimeconfig", Path.ChangeExtension(typeof(CliProcess).Assembly.Location, ".runtimeconfig.json"),
        typeof(ExitCode).Assembly.Location,
    ];

    /// <summary>The command, ready to be part of a shell's line.</summary>
    public static string ShellCommand { get; } = string.Join(' ', Command.Select(part => $"'{part}'"));

    public static CliProcess Start(params string[] arguments) => new(new ProcessStartInfo(Command[0], [.. Command[1..], .. arguments]));

    /// <summary>Runs a line of a shell that has no job control.</summary>
    public static CliProcess StartShell(string line) => new(new ProcessStartInfo("/bin/sh", ["-c", line]));

    public async Task<string?> NextLineAsync() => await Within.DeadlineAsync(
        _process.StandardOutput.ReadLineAsync().WaitAsync(Within.Patience), "standard output", "a line");

    public Task<string> ErrorAsync() => _process.StandardError.ReadToEndAsync();

    public async Task<int> ExitAsync()
    {
        await Within.DeadlineAsync(_process.WaitForExitAsync(), "end of the process", "an exit code");
        return _process.ExitCode;
    }

    /// <summary>Closes our end of its standard output.</summary>
    public void CloseOutput() => _process.StandardOutput.Close();

    public void Signal(PosixSignal signal) => Signal(_process.Id, signal);

    public static void Signal(int process, PosixSignal signal) =>
        Assert.Equal(0, Kill(process, signal == PosixSignal.SIGINT ? 2 : 15));

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    // The runtime that runs the tests runs the command.
    private static string DotNet() => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
