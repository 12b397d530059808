using System.Globalization;

namespace NBomber.Reporting;

/// <summary>Numbers for people: grouped, with three significant digits, the same everywhere.</summary>
internal static class Text
{
    public const string NoStatus = "(no status)";

    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Number(double value)
    {
        var size = Math.Abs(value);
        var format = size switch
        {
            0 => "0",
            >= 99.95 => "N0",
            >= 9.995 => "N1",
            >= 0.9995 => "N2",
            >= 0.09995 => "N3",
            _ => "0.0000",
        };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>Milliseconds without their unit, for a column that names it.</summary>
    public static string Ms(TimeSpan latency) => Number(latency.TotalMilliseconds);

    /// <summary>With the unit that fits.</summary>
    public static string Latency(TimeSpan latency) => latency switch
    {
        { Ticks: 0 } => "0 ms",
        _ when latency < TimeSpan.FromMilliseconds(1) => Number(latency.TotalMicroseconds) + " µs",
        _ when latency < TimeSpan.FromSeconds(10) => Number(latency.TotalMilliseconds) + " ms",
        _ => Number(latency.TotalSeconds) + " s",
    };

    public static string Bytes(double bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var unit = 0;
        while (bytes >= 1024 && unit < units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return $"{(unit == 0 ? Count((long)bytes) : Number(bytes))} {units[unit]}";
    }

    public static string Rate(double perSecond) => Number(perSecond) + " /s";

    /// <summary>A label of an axis: as many digits as its step needs.</summary>
    public static string Tick(double value, double step)
    {
        var decimals = 0;
        for (; decimals < 6 && Math.Abs(Math.Round(step, decimals) - step) > step * 1e-6; decimals++)
            continue;
        return value.ToString("N" + decimals, CultureInfo.InvariantCulture);
    }

    public static string Duration(TimeSpan duration) => duration.TotalSeconds < 60
        ? duration.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture) + " s"
        : duration.ToString(duration.TotalHours >= 1 ? @"h\ \h\ m\ \m\i\n" : @"m\ \m\i\n\ s\ \s", CultureInfo.InvariantCulture);

    /// <summary>A share, told apart from none and from all however close it is.</summary>
    public static string Share(long part, long all)
    {
        if (all == 0)
            return "–";
        var percent = 100.0 * part / all;
        return percent switch
        {
            > 0 and < 0.01 => "< 0.01 %",
            < 100 and > 99.99 => "> 99.99 %",
            _ => percent.ToString("0.##", CultureInfo.InvariantCulture) + " %",
        };
    }

    public static string Moment(DateTime utc) => utc.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    public static string Code(string code) => code.Length == 0 ? NoStatus : code;

    public static string Outcome(Running.RunReport report) =>
        report.Interrupted ? "Interrupted" : report.Notes.Count > 0 ? "Completed with notes" : "Completed";
}
