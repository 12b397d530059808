using System.Globalization;

namespace Registry.Cli.CommandLine;

/// <summary>Durations as people write them: <c>5</c> (seconds), <c>500ms</c>, <c>10s</c>, <c>1m</c>, <c>2h</c>.</summary>
internal static class DurationText
{
    public static bool TryParse(string text, out TimeSpan duration)
    {
        var (number, unit) = text switch
        {
            [.. var value, 'm', 's'] => (value, TimeSpan.FromMilliseconds(1)),
            [.. var value, 's'] => (value, TimeSpan.FromSeconds(1)),
            [.. var value, 'm'] => (value, TimeSpan.FromMinutes(1)),
            [.. var value, 'h'] => (value, TimeSpan.FromHours(1)),
            _ => (text, TimeSpan.FromSeconds(1)),
        };
        duration = default;
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            || amount * unit.TotalDays > 3_650)
        {
            return false;
        }

        duration = amount * unit;
        return true;
    }

    /// <summary>Short, and in at most two units: <c>7.5s</c>, <c>3m12s</c>, <c>2d4h</c>.</summary>
    public static string Format(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 10 } => (Math.Floor(duration.TotalSeconds * 10) / 10).ToString("0.#", CultureInfo.InvariantCulture) + "s",
        { TotalMinutes: < 1 } => $"{duration.Seconds}s",
        { TotalHours: < 1 } => $"{duration.Minutes}m{Rest(duration.Seconds, 's')}",
        { TotalDays: < 1 } => $"{duration.Hours}h{Rest(duration.Minutes, 'm')}",
        _ => $"{duration.Days}d{Rest(duration.Hours, 'h')}",
    };

    private static string Rest(int amount, char unit) => amount > 0 ? $"{amount}{unit}" : "";
}
