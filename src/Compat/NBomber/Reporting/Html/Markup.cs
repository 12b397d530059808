using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace NBomber.Reporting.Html;

internal static class Markup
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>For text and for attributes in quotes. Everything that comes from a run goes through here.</summary>
    public static string Escape(string value) => Encoder.Encode(PlainTable.OneLine(value));

    /// <summary>A coordinate.</summary>
    public static string At(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
