using System.Globalization;

namespace Registry.Cli.Output;

/// <summary>Counted nouns.</summary>
internal static class Plural
{
    public static string Of(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
