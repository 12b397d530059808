using System.Globalization;
using System.Text;

namespace Registry.Core.Naming;

/// <summary>Which free text (metadata values, what a client calls itself) the registry takes.</summary>
public static class TextRules
{
    /// <summary>
    /// Refuses what lies in a terminal, a log or a comparison: control characters, text that is not Unicode, U+FFFD (protobuf
    /// turns invalid UTF-8 into it without a word, and two different values would become one), and characters that have no
    /// width or turn the direction of text.
    /// </summary>
    /// <returns>Null if it is fine, else the refusal that names <paramref name="field"/>.</returns>
    public static RegistryError? Check(string field, string value, int maxBytes)
    {
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (c is >= ' ' and <= '~')
                continue;

            // Two surrogates are one character, and there are invisible ones among those too. A lone one is no character.
            var category = CharUnicodeInfo.GetUnicodeCategory(value, i);
            if (IsRefused(category) || c == '\uFFFD')
                return RegistryError.Invalid(field, $"has {Describe(value, i)} at position {i}");
            if (char.IsHighSurrogate(c))
                i++;
        }

        var bytes = Encoding.UTF8.GetByteCount(value);
        return bytes > maxBytes ? RegistryError.Invalid(field, $"has {bytes} bytes; at most {maxBytes} are allowed") : null;
    }

    /// <summary>Names a character so that the message itself is harmless.</summary>
    internal static string Describe(char c) =>
        c == '\uFFFD' ? "U+FFFD (was it invalid UTF-8?)"
        : c is > ' ' and <= '~' ? $"'{c}'"
        : string.Create(CultureInfo.InvariantCulture, $"U+{(int)c:X4}");

    private static string Describe(string value, int index) =>
        Rune.TryGetRuneAt(value, index, out var rune) && !rune.IsBmp
            ? string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X}")
            : Describe(value[index]);

    private static bool IsRefused(UnicodeCategory category) =>
        category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
