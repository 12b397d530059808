using System.Text;
using Registry.Cli.CommandLine;

namespace Registry.Cli.Tests.Running;

/// <summary>One run of the command line inside the test's process.</summary>
internal sealed class CliRun : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();

    private CliRun(string[] arguments, string input, bool isTerminal, IReadOnlyDictionary<string, string> variables, TimeProvider time)
    {
        var context = new CliContext(
            new MemoryStream(Encoding.UTF8.GetBytes(input)),
            Out,
            Error,
            isTerminal,
            name => variables.GetValueOrDefault(name),
            time,
            () => new StopRequest(_stop.Token));
        Exit = Task.Run(() => RegistryCommandLine.RunAsync(arguments, context));
    }

    public LineWriter Out { get; } = new();

    public LineWriter Error { get; } = new();

    public Task<int> Exit { get; }

    public static CliRun Start(params string[] arguments) => Start(arguments, "");

    public static CliRun Start(
        string[] arguments,
        string input,
        bool isTerminal = false,
        IReadOnlyDictionary<string, string>? variables = null,
        TimeProvider? time = null) =>
        new(arguments, input, isTerminal, variables ?? new Dictionary<string, string>(), time ?? TimeProvider.System);

    /// <summary>Runs to the end; returns the exit code.</summary>
    public async Task<int> ExitAsync() => await Exit.WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>What SIGINT and SIGTERM do.</summary>
    public Task StopAsync() => _stop.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await ((Task)Exit).WaitAsync(TimeSpan.FromSeconds(30)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        await Out.DisposeAsync();
        await Error.DisposeAsync();
    }

    private sealed record StopRequest(CancellationToken Token) : IStopRequest
    {
        public void Dispose()
        {
        }
    }
}
