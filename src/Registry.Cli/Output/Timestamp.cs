using System.Globalization;

namespace Registry.Cli.Output;

/// <summary>Moments as every output writes them: UTC, to the millisecond, always of the same length.</summary>
internal static class Timestamp
{
    public static string Of(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
