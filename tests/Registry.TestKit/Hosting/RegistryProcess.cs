using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Xunit;

namespace Registry.TestKit.Hosting;

/// <summary>
/// The server as a child process, for what only a process can show: signals, exit codes, output, and death. It works in a
/// directory of its own, hears nothing of the caller's configuration, and never outlives this object.
/// </summary>
public sealed partial class RegistryProcess : IAsyncDisposable
{
    private static readonly IReadOnlyDictionary<string, string> NoEnvironment = new Dictionary<string, string>();

    private const UnixFileMode OpenToAll =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<int> _exit;
    private volatile string? _startLine;

    private RegistryProcess(ServerLaunch launch)
    {
        WorkingDirectory = Directory.CreateTempSubdirectory("registry-test-").FullName;
        DataDirectory = Directory.CreateTempSubdirectory("registry-data-").FullName;
        if (launch.Launcher.Count > 0 && !OperatingSystem.IsWindows())
        {
            // It may be another user's, and this directory would be its owner's alone.
            File.SetUnixFileMode(WorkingDirectory, OpenToAll);
        }

        string[] command =
        [
            .. launch.Launcher, DotNetHost(), "exec", Path.Combine(launch.Folder ?? AppContext.BaseDirectory, launch.Program), .. launch.Arguments,
        ];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = WorkingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var key in start.Environment.Keys.Where(key => key.StartsWith("Registry__", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(key);
        if (launch.HasDataDirectory)
            start.Environment["Registry__Storage__Directory"] = DataDirectory;
        foreach (var (key, value) in launch.Environment)
            start.Environment[key] = value;

        _process = Process.Start(start) ?? throw new InvalidOperationException("The server process did not start.");
        _exit = FollowAsync();
    }

    /// <summary>The directory that the process works in; gone with it.</summary>
    public string WorkingDirectory { get; }

    /// <summary>Where its state is unless it was told otherwise; gone with it.</summary>
    public string DataDirectory { get; }

    /// <summary>The process's number.</summary>
    public int Id => _process.Id;

    /// <summary>The lines on stdout so far.</summary>
    public IReadOnlyCollection<string> Output => _output;

    /// <summary>The lines on stderr so far.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    /// <summary>Whether the process came as far as to serve; it may have ended since.</summary>
    public bool IsServing => _startLine is not null;

    /// <summary>The line that says that the server serves. Fails if the process never got there.</summary>
    public string StartLine => _startLine ?? throw new InvalidOperationException("Not started.");

    /// <summary>Where gRPC is spoken, as the start line says.</summary>
    public Uri GrpcAddress => new(Addresses().Match(StartLine).Groups["grpc"].Value);

    /// <summary>Where HTTP is spoken, as the start line says.</summary>
    public Uri HttpAddress => new(Addresses().Match(StartLine).Groups["http"].Value);

    /// <summary>Completes, with the exit code, when the process has ended and its output is complete.</summary>
    public Task<int> Exited => _exit;

    /// <summary>
    /// Starts a server and waits for its start line. Ports are chosen by the system unless the arguments say otherwise.
    /// </summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="environment">Variables beside the caller's.</param>
    /// <param name="folder">Where the server's assemblies are; null: beside the caller's, where the build puts them.</param>
    /// <param name="hasDataDirectory">See <see cref="ServerLaunch.HasDataDirectory"/>.</param>
    public static async Task<RegistryProcess> StartAsync(
        IReadOnlyList<string>? arguments = null,
        IReadOnlyDictionary<string, string>? environment = null,
        string? folder = null,
        bool hasDataDirectory = true)
    {
        var launch = new ServerLaunch
        {
            Arguments = arguments ?? [],
            Environment = environment ?? NoEnvironment,
            Folder = folder,
            HasDataDirectory = hasDataDirectory,
        };
        var server = await LaunchAsync(launch);
        if (!server.IsServing)
        {
            var said = server.Describe();
            await server.DisposeAsync();
            Assert.Fail($"start of the server process: expected its start line, actual: {said}");
        }

        return server;
    }

    /// <summary>
    /// Starts a server, and waits until it serves or has ended. Ports are chosen by the system unless the arguments say otherwise.
    /// </summary>
    public static async Task<RegistryProcess> LaunchAsync(ServerLaunch launch)
    {
        ArgumentNullException.ThrowIfNull(launch);
        foreach (var endpoint in new[] { "--grpc", "--http" })
        {
            if (!launch.Arguments.Contains(endpoint))
                launch = launch with { Arguments = [.. launch.Arguments, endpoint, "127.0.0.1:0"] };
        }

        var server = new RegistryProcess(launch);
        try
        {
            await Within.DeadlineAsync(
                Task.WhenAny(server._started.Task, server._exit), "start of the server process", "its start line, or its end", server.Describe);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the program with arguments that make it end by itself; returns it when it has ended.</summary>
    public static async Task<RegistryProcess> RunAsync(
        IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var server = new RegistryProcess(new ServerLaunch { Arguments = arguments, Environment = environment ?? NoEnvironment });
        try
        {
            await server.ExitAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for the process to end and its output to be complete; returns the exit code.</summary>
    public Task<int> ExitAsync(TimeSpan? deadline = null) =>
        Within.DeadlineAsync(_exit, "end of the server process", "an exit code", Describe, deadline);

    /// <summary>Sends a signal.</summary>
    public void Signal(ProcessSignal signal)
    {
        if (Kill(_process.Id, (int)signal) != 0)
            throw new InvalidOperationException($"Signal {signal} could not be sent: error {Marshal.GetLastPInvokeError()}.");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // SIGKILL ends a stopped process too.
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _exit;
        _process.Dispose();
        Directory.Delete(WorkingDirectory, recursive: true);
        Directory.Delete(DataDirectory, recursive: true);
    }

    private async Task<int> FollowAsync()
    {
        await Task.WhenAll(
            CopyAsync(_process.StandardOutput, _output, line =>
            {
                if (Addresses().IsMatch(line))
                {
                    _startLine = line;
                    _started.TrySetResult();
                }
            }),
            CopyAsync(_process.StandardError, _errors, _ => { }));
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    private static async Task CopyAsync(StreamReader from, ConcurrentQueue<string> to, Action<string> seen)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            to.Enqueue(line);
            seen(line);
        }
    }

    private string Describe()
    {
        var state = _exit.IsCompleted ? $"exit code {_process.ExitCode}" : "running";
        return $"{state}; stdout: {string.Join(" | ", _output)}; stderr: {string.Join(" | ", _errors)}";
    }

    // The runtime that runs the tests runs the server: <root>/shared/Microsoft.NETCore.App/<version>/.
    private static string DotNetHost()
    {
        var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        return Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
    }

    [GeneratedRegex(@"serving: grpc (?<grpc>https?://[^,]+), http (?<http>http://[^,]+),")]
    private static partial Regex Addresses();

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
