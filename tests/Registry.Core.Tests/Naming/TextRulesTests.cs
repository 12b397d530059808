using Registry.Core.Naming;
using Xunit;

namespace Registry.Core.Tests.Naming;

/// <summary>Which free text the registry takes: nothing that lies in a terminal, a log or a comparison.</summary>
public sealed class TextRulesTests
{
    [Theory]
    [InlineData("")]
    [InlineData("plain ~ text")]
    [InlineData("Zürich")] // NFC
    [InlineData("Zu\u0308rich")] // NFD: another text. The registry does not normalise; it compares what it was given.
    [InlineData("東京")]
    [InlineData("\U0001F680")]
    [InlineData("עברית")] // Letters that run from right to left are fine; characters that turn the direction are not.
    public void Text_OfVisibleCharacters_IsTaken(string text) => Assert.Null(TextRules.Check("f", text, 100));

    [Theory]
    [InlineData("a\0b", "U+0000", 1)]
    [InlineData("\t", "U+0009", 0)]
    [InlineData("ab\r\ncd", "U+000D", 2)]
    [InlineData("\u001B[31m", "U+001B", 0)]
    [InlineData("\u007F", "U+007F", 0)]
    [InlineData("\u0085", "U+0085", 0)]
    [InlineData("\u009B", "U+009B", 0)]
    [InlineData("\u2028", "U+2028", 0)]
    [InlineData("\u2029", "U+2029", 0)]
    [InlineData("a\u202Eb", "U+202E", 1)]
    [InlineData("a\u2066b", "U+2066", 1)]
    [InlineData("\u061C", "U+061C", 0)]
    [InlineData("a\u200Bb", "U+200B", 1)]
    [InlineData("a\u200Db", "U+200D", 1)]
    [InlineData("\uFEFFa", "U+FEFF", 0)]
    [InlineData("a\u00ADb", "U+00AD", 1)]
    [InlineData("a\u2060b", "U+2060", 1)]
    [InlineData("a\uFFFDb", "U+FFFD (was it invalid UTF-8?)", 1)]
    [InlineData("ok\U000E0041", "U+E0041", 2)] // A tag character: invisible, and outside the basic plane.
    [InlineData("ok\U0001D173", "U+1D173", 2)]
    public void Text_WithCharactersThatDeceive_IsRefusedAndTheMessageIsHarmless(string text, string named, int position)
    {
        var error = TextRules.Check("f", text, 100);

        Assert.NotNull(error);
        Assert.Equal((ErrorKind.InvalidArgument, ErrorReasons.InvalidField, "f"), (error.Kind, error.Reason, error.Field));
        Assert.Equal($"f: has {named} at position {position}", error.Message);
    }

    [Theory]
    [InlineData(0xD800, -1)]
    [InlineData(0xDFFF, -1)]
    [InlineData(0xD83D, 'x')]
    [InlineData(0xDE80, 0xD83D)]
    public void Text_WithALoneSurrogate_IsRefused(int first, int second)
    {
        var text = second < 0 ? $"{(char)first}" : $"{(char)first}{(char)second}";

        Assert.Contains($"U+{first:X4}", TextRules.Check("f", text, 100)!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1234567890", true)]
    [InlineData("12345678901", false)]
    [InlineData("äääää", true)]
    [InlineData("ääääää", false)]
    [InlineData("\U0001F680\U0001F680aa", true)]
    [InlineData("\U0001F680\U0001F680\U0001F680", false)]
    public void Text_IsBoundedInBytes(string text, bool isFine) => Assert.Equal(isFine, TextRules.Check("f", text, 10) is null);
}
