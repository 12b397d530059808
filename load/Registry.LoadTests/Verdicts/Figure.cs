using System.Globalization;

namespace Registry.LoadTests.Verdicts;

/// <summary>Numbers as they stand in tables.</summary>
internal static class Figure
{
    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Millis(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:#,0.0} ms");

    public static string Megabytes(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576:#,0.0} MiB");

    /// <summary>So many in so long.</summary>
    public static string PerSecond(long count, TimeSpan time) => Count((long)(count / Math.Max(0.001, time.TotalSeconds)));
}
