using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Registry.Crash.Tests.Servers;

/// <summary>A file system of its own, in memory, as small as a test wants it. Gone with this object.</summary>
internal sealed class SmallFileSystem : IDisposable
{
    private SmallFileSystem(string path) => Path = path;

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <summary>Mounts one; skips the test where that is not allowed.</summary>
    public static SmallFileSystem Mount(string path, int bytes)
    {
        Directory.CreateDirectory(path);
        var why = Run("mount", "-t", "tmpfs", "-o", $"size={bytes.ToString(CultureInfo.InvariantCulture)}", "tmpfs", path);
        Assert.SkipWhen(why is not null, $"no file system can be mounted: {why}");
        return new SmallFileSystem(path);
    }

    public void MakeReadOnly()
    {
        var why = Run("mount", "-o", "remount,ro", Path);
        Assert.SkipWhen(why is not null, $"the file system can't be made read-only: {why}");
    }

    // Lazily: a server that the test has failed to end may still be in it.
    public void Dispose() => Run("umount", "--lazy", Path);

    // Null: it worked.
    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            var said = process.StandardError.ReadToEnd().Trim().ReplaceLineEndings(" ");
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{program}: exit code {process.ExitCode} {said}";
        }
        catch (Win32Exception missing)
        {
            return $"{program}: {missing.Message}";
        }
    }
}
