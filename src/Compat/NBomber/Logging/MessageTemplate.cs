using System.Globalization;
using System.Text;

namespace NBomber.Logging;

/// <summary>Fills templates such as <c>lost {Count} of {Total}</c>: by position, whatever the names.</summary>
internal static class MessageTemplate
{
    public static string Fill(string template, object?[] values)
    {
        var text = new StringBuilder(template.Length + 32);
        var next = 0;
        for (var i = 0; i < template.Length; i++)
        {
            var c = template[i];
            var doubled = i + 1 < template.Length && template[i + 1] == c;
            var close = c == '{' && !doubled ? template.IndexOf('}', i) : -1;
            if (c is '{' or '}' && doubled)
                i++;
            if (close > i + 1 && next < values.Length)
            {
                var colon = template.IndexOf(':', i, close - i);
                var format = colon < 0 ? null : template[(colon + 1)..close];
                text.Append(ToText(values[next++], format));
                i = close;
            }
            else
            {
                text.Append(c);
            }
        }

        return text.ToString();
    }

    private static string ToText(object? value, string? format)
    {
        try
        {
            return value is IFormattable formattable
                ? formattable.ToString(format, CultureInfo.InvariantCulture)
                : value?.ToString() ?? "null";
        }
        catch (FormatException)
        {
            return value?.ToString() ?? "null";
        }
    }
}
