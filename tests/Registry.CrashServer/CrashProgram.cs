using Registry.Core.Interleaving;
using Registry.CrashServer.Deaths;
using Registry.CrashServer.Logs;
using Registry.Server.Hosting;

namespace Registry.CrashServer;

/// <summary>The server's own composition and command line. What is asked for beside them stands in the environment.</summary>
internal static class CrashProgram
{
    private static Task<int> Main(string[] args)
    {
        if (DeathAtPoint.FromEnvironment() is { } death)
            YieldPoint.Listener = death;
        var log = SmallLog.FromEnvironment();
        return ServerCommandLine.InvokeAsync(args, settings => ServerProcess.RunAsync(() => Server.Program.Build(settings, log.Replace)));
    }
}
