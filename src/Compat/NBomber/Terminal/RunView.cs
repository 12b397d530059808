using NBomber.Configuration;
using NBomber.Running;
using Spectre.Console;

namespace NBomber.Terminal;

internal static class RunView
{
    /// <summary>A table that is redrawn where there is somebody to look at it, else lines.</summary>
    public static IRunView For(SessionSettings settings)
    {
        var console = AnsiConsole.Console;
        var able = !Console.IsOutputRedirected && console.Profile.Capabilities is { Ansi: true, Interactive: true };
        return able && settings.DisplayConsoleMetrics ? new LiveView(console) : new LineView(Console.Out, TimeProvider.System);
    }
}
