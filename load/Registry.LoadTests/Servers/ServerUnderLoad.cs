using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Registry.TestKit.Hosting;

namespace Registry.LoadTests.Servers;

/// <summary>A server to load: a child process of ours, or one that somebody else runs. Thread safe.</summary>
internal sealed class ServerUnderLoad : IWatchedServer, IAsyncDisposable
{
    /// <summary>
    /// How long a server may take to end: its ShutdownTimeout, which is 25 s unless somebody says otherwise, the 2 s after which it ends in
    /// any case, and what a busy machine needs.
    /// </summary>
    public static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(40);

    // This side's own connections are counted by the server too, and must not look as if somebody else's had been left behind.
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(2);

    // Limits protect a server from its clients; here the clients are the point.
    private static readonly string[] Arguments = ["--storage", "memory", "--set", "MaxConnections=100000", "--set", "Leases:MaxLeases=1000000"];

    private readonly string? _folder;
    private readonly Func<Task<RegistryProcess>>? _start;
    private volatile RegistryProcess? _process;
    private volatile TaskCompletionSource? _restart;
    private volatile int _lives = 1;
    private readonly HttpClient _http;

    private ServerUnderLoad(string name, RegistryProcess? process, Func<Task<RegistryProcess>>? start, string? folder, Uri grpc, Uri http)
    {
        Name = name;
        _process = process;
        _start = start;
        _folder = folder;
        GrpcAddress = grpc;
        Death = process is null ? new TaskCompletionSource<string>().Task : DescribeDeathAsync();
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, PooledConnectionIdleTimeout = IdleTimeout })
        {
            BaseAddress = http, Timeout = TimeSpan.FromSeconds(30)
        };
    }

    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>Where gRPC is spoken.</summary>
    public Uri GrpcAddress { get; }

    /// <summary>The same as an end point, looked up once.</summary>
    public IPEndPoint GrpcEndPoint { get; private init; } = new(IPAddress.Loopback, 0);

    /// <inheritdoc/>
    public bool IsOurs => _process is not null;

    /// <inheritdoc/>
    public Task<string> Death { get; }

    /// <inheritdoc/>
    public int Life => _restart is null ? _lives : 0;

    /// <summary>Starts a server of ours.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="arguments">Its command line beside what all get.</param>
    public static async Task<ServerUnderLoad> StartAsync(ServerKind kind, params IEnumerable<string> arguments)
    {
        string? folder = null;
        Dictionary<string, string> environment = [];
        if (kind != ServerKind.Registry)
        {
            folder = TwinFolder.Prepare();
            if (kind == ServerKind.LockedTwin)
                environment["REGISTRY_TWIN_LOCKED"] = "1";
        }

        string[] all = [.. Arguments, .. arguments];
        var process = await RegistryProcess.StartAsync(all, environment, folder).ConfigureAwait(false);
        string[] again = [.. all, "--grpc", process.GrpcAddress.Authority, "--http", process.HttpAddress.Authority];
        return new ServerUnderLoad(
            NameOf(kind), process, () =>
                RegistryProcess.StartAsync(again, environment, folder), folder, process.GrpcAddress, process.HttpAddress)
        {
            GrpcEndPoint = IPEndPoint.Parse(process.GrpcAddress.Authority),
        };
    }

    /// <summary>A server that somebody else runs.</summary>
    public static async Task<ServerUnderLoad> ConnectAsync(Uri grpc, Uri http)
    {
        var address = IPAddress.TryParse(grpc.Host, out var literal) ? literal : (await Dns.GetHostAddressesAsync(grpc.Host).ConfigureAwait(false))[0];
        return new ServerUnderLoad($"{grpc.Authority}", process: null, start: null, folder: null, grpc, http)
        {
            GrpcEndPoint = new IPEndPoint(address, grpc.Port)
        };
    }

    /// <summary>What the kinds are called in tables.</summary>
    public static string NameOf(ServerKind kind) => kind switch
    {
        ServerKind.Twin => "twin",
        ServerKind.LockedTwin => "twin, one lock",
        _ => "registry",
    };

    /// <inheritdoc/>
    public async Task<JsonNode> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken).ConfigureAwait(false);
        if (response.StatusCode >= HttpStatusCode.InternalServerError)
            throw new HttpRequestException($"{path} is answered with {(int)response.StatusCode}", null, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonNode>(cancellationToken).ConfigureAwait(false) ?? new JsonObject();
    }

    /// <summary>Has the server of ours collect its whole heap; false: it can't be had to.</summary>
    public Task<bool> TryCollectAsync(CancellationToken cancellationToken) =>
        _process is { } process ? FullCollection.TryAsync(process.Id, cancellationToken) : Task.FromResult(false);

    /// <summary>Kills the server of ours, as a fault.</summary>
    public void Kill() => _process!.Signal(ProcessSignal.Kill);

    /// <summary>Tells the server of ours to end, as a fault: nobody who runs a load has told it.</summary>
    public void Terminate() => _process!.Signal(ProcessSignal.Terminate);

    /// <summary>Kills the server of ours, has it be away for a while, and starts it again where it was.</summary>
    public async Task RestartAsync(TimeSpan away, CancellationToken cancellationToken)
    {
        var restart = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _restart = restart;
        try
        {
            var old = _process!;
            old.Signal(ProcessSignal.Kill);
            await old.Exited.ConfigureAwait(false);
            await Task.Delay(away, cancellationToken).ConfigureAwait(false);
            _process = await _start!().ConfigureAwait(false);
            _lives++;
            await old.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _restart = null;
            restart.SetResult();
        }
    }

    /// <summary>Ends the server politely; says how it went.</summary>
    public async Task<string?> StopAsync()
    {
        if (_process is not { } process)
            return null;
        if (process.Exited.IsCompleted)
            return await Death.ConfigureAwait(false);
        process.Signal(ProcessSignal.Terminate);
        if (await Task.WhenAny(process.Exited, Task.Delay(StopPatience)).ConfigureAwait(false) != process.Exited)
            return $"did not end within {StopPatience.TotalSeconds} s of SIGTERM";
        var code = await process.Exited.ConfigureAwait(false);
        return code == 0 ? null : $"ended with {code} on SIGTERM: {process.Errors.LastOrDefault()}";
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_process is { } process)
            await process.DisposeAsync().ConfigureAwait(false);
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }

    // What ended it comes before any trace of it, and what went wrong in single calls before that was not the end.
    internal static string LastWords(List<string> lines)
    {
        var words = lines.Find(line => line.StartsWith("Unhandled exception", StringComparison.Ordinal))
            ?? lines.Find(line => line.Contains(" crit: ", StringComparison.Ordinal))
            ?? lines.Find(line => line.Contains("xception", StringComparison.Ordinal))
            ?? lines.LastOrDefault()
            ?? "no last words";

        // The log has a trace in the same line.
        var trace = words.IndexOf("   at ", StringComparison.Ordinal);
        return (trace > 0 ? words[..trace] : words).Trim();
    }

    private async Task<string> DescribeDeathAsync()
    {
        RegistryProcess process;
        int code;
        do
        {
            process = _process!;
            code = await process.Exited.ConfigureAwait(false);
            if (_restart is { } restart)
                await restart.Task.ConfigureAwait(false);
        }
        while (process != _process);

        // 0 is the code of a server that was told to stop, and it was not this side that told it.
        var how = code == 0 ? "went away by itself, exit code 0" : $"exit code {code}";
        return $"{how}: {LastWords([.. process.Errors])}";
    }
}
