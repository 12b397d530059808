using Registry.TestKit.Hosting;

namespace Registry.Crash.Tests.Servers;

/// <summary>The user nobody, who may not write where root may.</summary>
internal static class OtherUser
{
    private const string Nobody = "65534";

    private static readonly string[] Launcher = ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups"];

    /// <summary>Starts the server as nobody; skips the test where the caller is not root, or where nobody can't run the server at all.</summary>
    public static async Task<ServerLaunch> AsNobodyAsync(this ServerLaunch launch)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can start a process as another user");
        Assert.SkipUnless(File.Exists("/usr/bin/setpriv"), "setpriv is missing");
        await using var trial = await RegistryProcess.LaunchAsync(new ServerLaunch { Arguments = ["--storage", "memory"], Launcher = Launcher });
        Assert.SkipUnless(trial.IsServing, $"nobody can't run the server: {string.Join(" | ", trial.Errors)}");
        return launch with { Launcher = Launcher };
    }
}
