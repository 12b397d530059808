using System.Globalization;
using Registry.TestKit.Hosting;

namespace Registry.Crash.Tests.Servers;

/// <summary>
/// The wall clock of one process, which a test sets while it runs. The monotonic clock stays true: that is what happens when somebody sets a
/// machine's clock. Made by Debian's libfaketime, which stands between a program and the system's C library.
/// </summary>
internal sealed class FakeWallClock : IDisposable
{
    private static readonly string? Library = Directory.Exists("/usr/lib")
        ? Directory.EnumerateDirectories("/usr/lib").Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
        : null;

    private readonly string _file = Path.Combine(Path.GetTempPath(), $"registry-clock-{Guid.NewGuid():n}");

    /// <summary>Skips the test where the library is missing.</summary>
    public FakeWallClock()
    {
        Assert.SkipWhen(Library is null, "libfaketime is missing");
        Set(TimeSpan.Zero);
    }

    /// <summary>Sets the clock to so much more, or less, than the true time.</summary>
    public void Set(TimeSpan offset)
    {
        // Moved into place, so that nobody reads a half.
        var next = _file + ".next";
        File.WriteAllText(next, $"{(offset < TimeSpan.Zero ? "" : "+")}{offset.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)}\n");
        File.Move(next, _file, overwrite: true);
    }

    public ServerLaunch Given(ServerLaunch launch) => launch
        .With("LD_PRELOAD", Library!)
        .With("FAKETIME_TIMESTAMP_FILE", _file)
        .With("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .With("FAKETIME_NO_CACHE", "1");

    public void Dispose() => File.Delete(_file);
}
