using System.Net.Sockets;
using System.Reflection;
using Microsoft.AspNetCore.Connections;
using Registry.Server.Ports;

namespace Registry.Server.Hosting;

/// <summary>
/// The server as a process: one line on stdout when it serves, one on stderr when it can't, an exit code, and an end that surely
/// comes.
/// </summary>
internal static class ServerProcess
{
    // What may pass between the end of ShutdownTimeout and the end of the process: connections are cut, services disposed.
    private static readonly TimeSpan LastMoments = TimeSpan.FromSeconds(2);

    /// <summary>The version of this server.</summary>
    public static string Version { get; } =
        typeof(ServerProcess).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Builds the server, serves until told to stop, and returns the exit code.</summary>
    public static async Task<int> RunAsync(Func<WebApplication> build)
    {
        try
        {
            var app = build();
            var end = SureEnd(app);
            try
            {
                return await RunAsync(app);
            }
            finally
            {
                await app.DisposeAsync();
                await end.DisposeAsync();
            }
        }
        catch (InvalidSettingsException wrong)
        {
            return await FailAsync(ExitCode.WrongUsage, wrong.Message);
        }
        catch (CannotStartException wrong)
        {
            return await FailAsync(ExitCode.Failed, wrong.Message);
        }
    }

    /// <summary>Writes the one line that goes with a failure; returns the code.</summary>
    public static async Task<int> FailAsync(int code, string message)
    {
        await Console.Error.WriteLineAsync($"registry: {message}");
        return code;
    }

    private static async Task<int> RunAsync(WebApplication app)
    {
        var options = app.Services.GetRequiredService<ServerOptions>();
        var served = app.Services.GetRequiredService<ServedAddresses>();
        try
        {
            await app.StartAsync();
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Told to stop while starting.
            return ExitCode.Stopped;
        }
        catch (Exception wrong) when (wrong is IOException or SocketException or CannotStartException)
        {
            return await FailAsync(ExitCode.Failed, Explain(wrong, options));
        }

        app.Services.GetRequiredService<StartPhase>().End();
        await Console.Out.WriteLineAsync(StartLine(options, served));
        try
        {
            await app.WaitForShutdownAsync();
        }
        catch (Exception wrong)
        {
            // The host has stopped everything that could be stopped, and has logged which service could not.
            return await FailAsync(ExitCode.Failed, $"stopped with an error: {wrong.Message.ReplaceLineEndings(" ")}");
        }

        // The host stops when a background service dies, and says so in the log; whoever restarts it goes by the code.
        var background = app.Services.GetServices<IHostedService>().OfType<BackgroundService>();
        return background.Any(service => service.ExecuteTask is { IsFaulted: true }) ? ExitCode.Failed : ExitCode.Stopped;
    }

    private static string StartLine(ServerOptions options, ServedAddresses served)
    {
        var storage = options.Storage.Mode == StorageMode.Memory ? "memory" : $"disk, data {options.Storage.Directory}";
        return $"Registry {Version} serving: grpc {served.Grpc}, http {served.Http}, storage {storage}";
    }

    private static string Explain(Exception wrong, ServerOptions options)
    {
        // Kestrel names the address when it is in use, and leaves it to the system's message otherwise.
        var message = wrong.Message.ReplaceLineEndings(" ");
        return wrong switch
        {
            IOException { InnerException: AddressInUseException } =>
                $"{message} Is another server running? {OptionNames.Grpc} and {OptionNames.Http} choose the addresses",
            SocketException =>
                $"can't listen on {OptionNames.Grpc} {options.Grpc.Address} or {OptionNames.Http} {options.Http.Address}: {message}",
            _ => message,
        };
    }

    // A service whose StopAsync ignores its token would keep the process for ever, and the orchestrator's SIGKILL leaves no trace
    // of the reason. Armed when the host is told to stop; disposed when everything is gone.
    private static ITimer SureEnd(WebApplication app)
    {
        var patience = app.Services.GetRequiredService<ServerOptions>().ShutdownTimeout + LastMoments;
        var timer = app.Services.GetRequiredService<TimeProvider>().CreateTimer(
            _ =>
            {
                Console.Error.WriteLine($"registry: not everything has stopped within {patience.TotalSeconds} s, ending anyway");
                Environment.Exit(ExitCode.Failed);
            },
            state: null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        app.Lifetime.ApplicationStopping.Register(() => timer.Change(patience, Timeout.InfiniteTimeSpan));
        return timer;
    }
}
