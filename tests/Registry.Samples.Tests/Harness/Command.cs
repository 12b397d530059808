using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Registry.TestKit;
using Registry.TestKit.Hosting;

namespace Registry.Samples.Tests.Harness;

/// <summary>A child process and what it prints. Never outlives this object.</summary>
internal sealed class Command : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly Task<int> _exit;
    private readonly string _name;

    private Command(ProcessStartInfo start)
    {
        _name = string.Join(' ', start.ArgumentList);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        // A bytecode cache would lie beside the sources.
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        _exit = FollowAsync();
    }

    /// <summary>The lines on stdout so far.</summary>
    public IReadOnlyCollection<string> Output => _output;

    /// <summary>The lines on stderr so far.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    /// <summary>Starts a program.</summary>
    public static Command Start(
        string program, IEnumerable<string> arguments, string? directory = null, Dictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = directory ?? AppContext.BaseDirectory };
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        return new Command(start);
    }

    /// <summary>Starts `registry`, which the build has put beside the tests; what it needs is listed with what they need.</summary>
    public static Command StartCli(params string[] arguments)
    {
        var tests = Path.Combine(AppContext.BaseDirectory, typeof(Command).Assembly.GetName().Name!);
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        return Start(
            dotnet,
            ["exec", "--runtimeconfig", $"{tests}.runtimeconfig.json", "--depsfile", $"{tests}.deps.json", Path.Combine(AppContext.BaseDirectory, "registry.dll"), .. arguments]);
    }

    /// <summary>Runs a program to its end; null: there is no such program.</summary>
    public static async Task<Command?> TryRunAsync(string program, IEnumerable<string> arguments, string? directory = null)
    {
        Command command;
        try
        {
            command = Start(program, arguments, directory);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }

        await command.ExitAsync();
        return command;
    }

    /// <summary>Waits for the end and for all output; returns the exit code.</summary>
    public Task<int> ExitAsync() => Within.DeadlineAsync(_exit, _name, "its end", Describe);

    /// <summary>Waits for a line on stdout.</summary>
    public Task<string> PrintsAsync(string expected, Func<string, bool> condition) => LineAsync(_output, expected, condition);

    /// <summary>Waits for a line on stdout that begins so.</summary>
    public Task<string> PrintsAsync(string start) => PrintsAsync(start, line => line.StartsWith(start, StringComparison.Ordinal));

    /// <summary>Waits for a line on stderr that contains this, the given number of times over.</summary>
    public Task ComplainsAsync(string part, int times = 1) => Within.HoldsAsync(
        _name, $"{times} complaints '{part}'", Describe, _ => _errors.Count(line => line.Contains(part, StringComparison.Ordinal)) >= times);

    /// <summary>Sends a signal.</summary>
    public void Signal(ProcessSignal signal) => Signal((int)signal);

    /// <summary>Sends what a terminal sends for control-C.</summary>
    public void Interrupt() => Signal(2);

    /// <summary>Everything that there is to say.</summary>
    public string Describe() =>
        $"{_name}: {(_exit.IsCompleted ? $"exit code {_process.ExitCode}" : "running")}; "
        + $"stdout: {string.Join(" | ", _output)}; stderr: {string.Join(" | ", _errors)}";

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _exit;
        _process.Dispose();
    }

    private async Task<string> LineAsync(ConcurrentQueue<string> lines, string expected, Func<string, bool> condition)
    {
        string? found = null;
        await Within.HoldsAsync(_name, $"a line '{expected}'", Describe, _ => (found = lines.FirstOrDefault(condition)) is not null);
        return found!;
    }

    private void Signal(int number)
    {
        if (Kill(_process.Id, number) != 0)
            throw new InvalidOperationException($"Signal {number} could not be sent: error {Marshal.GetLastPInvokeError()}.");
    }

    private async Task<int> FollowAsync()
    {
        await Task.WhenAll(CopyAsync(_process.StandardOutput, _output), CopyAsync(_process.StandardError, _errors));
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    private static async Task CopyAsync(StreamReader from, ConcurrentQueue<string> to)
    {
        while (await from.ReadLineAsync() is { } line)
            to.Enqueue(line);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
