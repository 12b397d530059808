using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Registry.Core.Interleaving;

namespace Registry.CrashServer.Deaths;

/// <summary>
/// Kills this process with SIGKILL when a named point is reached for the n-th time. Nothing of the process runs after that: no handler, no
/// flush, no destructor. Thread safe; takes no lock, because points are reached under locks.
/// </summary>
/// <param name="point">The point.</param>
/// <param name="hit">Which time, from 1 on.</param>
internal sealed class DeathAtPoint(string point, long hit) : IYieldListener
{
    /// <summary>The variable of the environment that names the point; not set: nobody dies.</summary>
    public const string PointVariable = "CRASH_POINT";

    /// <summary>The variable that says which time; not set: the first.</summary>
    public const string HitVariable = "CRASH_HIT";

    private const int StandardError = 2;
    private const int KillSignal = 9;

    private readonly byte[] _lastWords = Encoding.UTF8.GetBytes(LastWords(point) + "\n");
    private long _left = hit;

    public static DeathAtPoint? FromEnvironment() =>
        Environment.GetEnvironmentVariable(PointVariable) is { Length: > 0 } point
            ? new DeathAtPoint(point, long.Parse(Environment.GetEnvironmentVariable(HitVariable) ?? "1", CultureInfo.InvariantCulture))
            : null;

    /// <summary>The line on stderr that the process dies with: who finds it dead can tell this death from another.</summary>
    public static string LastWords(string point) => $"dies at {point}";

    public bool Reached(string reached)
    {
        if (reached == point && Interlocked.Decrement(ref _left) == 0)
        {
            _ = Write(StandardError, _lastWords, _lastWords.Length);
            _ = Kill(Environment.ProcessId, KillSignal);
        }

        return false;
    }

    [DllImport("libc", EntryPoint = "write")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Write(int descriptor, byte[] bytes, nint count);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
