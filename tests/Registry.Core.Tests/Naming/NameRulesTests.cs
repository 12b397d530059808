using Registry.Core.Naming;
using Xunit;

namespace Registry.Core.Tests.Naming;

/// <summary>Which names the registry takes.</summary>
public sealed class NameRulesTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("0")]
    [InlineData("orders")]
    [InlineData("Orders")]
    [InlineData("orders-v1.2_x")]
    [InlineData("a.")]
    [InlineData("eu-1a")]
    public void Name_IsTaken(string name)
    {
        Assert.Null(NameRules.CheckName("f", name));
        Assert.Null(NameRules.CheckInterface("f", name));
        Assert.Null(NameRules.CheckInstanceId("f", name));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData(".", "starts with '.'")]
    [InlineData("..", "starts with '.'")]
    [InlineData("-a", "starts with '-'")]
    [InlineData("_a", "starts with '_'")]
    [InlineData("$a", "'$'")]
    [InlineData("a..b", "two dots")]
    [InlineData("a/b", "'/'")]
    [InlineData("../a", "'/'")]
    [InlineData("a\\b", "'\\'")]
    [InlineData("a b", "U+0020")]
    [InlineData(" a", "U+0020")]
    [InlineData("a\0", "U+0000")]
    [InlineData("a\n", "U+000A")]
    [InlineData("a\u001B[2J", "U+001B")]
    [InlineData("a\u007F", "U+007F")]
    [InlineData("a\u202Eb", "U+202E")]
    [InlineData("a\u200Bb", "U+200B")]
    [InlineData("\uFEFFa", "U+FEFF")]
    [InlineData("a\uFFFD", "U+FFFD (was it invalid UTF-8?)")]
    [InlineData("caf\u00E9", "U+00E9")] // NFC
    [InlineData("cafe\u0301", "U+0301")] // NFD: a twin that looks the same
    [InlineData("\u043Erders", "U+043E")] // Cyrillic: another twin
    [InlineData("\U0001F680", "U+D83D")]
    [InlineData("a%2fb", "'%'")]
    [InlineData("a?b", "'?'")]
    [InlineData("a*", "'*'")]
    [InlineData("a;b", "';'")]
    [InlineData("a'b", "'''")]
    [InlineData("a\"b", "'\"'")]
    [InlineData("a,b", "','")]
    public void Name_IsRefused_AndTheMessageIsHarmlessAndNamesTheField(string name, string why)
    {
        foreach (var error in new[] { NameRules.CheckName("x.y[3]", name), NameRules.CheckInstanceId("x.y[3]", name) })
        {
            Assert.NotNull(error);
            Assert.Equal((ErrorKind.InvalidArgument, ErrorReasons.InvalidField, "x.y[3]"), (error.Kind, error.Reason, error.Field));
            Assert.StartsWith("x.y[3]: ", error.Message, StringComparison.Ordinal);
            Assert.Contains(why, error.Message, StringComparison.Ordinal);
            Assert.All(error.Message, c => Assert.InRange(c, ' ', '~'));
        }
    }

    [Fact]
    public void Name_WithALoneSurrogate_IsRefused() =>
        Assert.Contains("U+D800", NameRules.CheckName("f", "a" + (char)0xD800)!.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("x.Y:1.0$z", true)]
    [InlineData("com.acme.UserProvider", true)]
    [InlineData("_x", false)]
    [InlineData("$x", false)]
    [InlineData(":x", false)]
    [InlineData("x@y", false)]
    [InlineData("x[y]", false)]
    public void Interface_HasCharactersOfItsOwn(string name, bool isFine) => Assert.Equal(isFine, NameRules.CheckInterface("f", name) is null);

    [Theory]
    [InlineData("10.0.0.1:8080", true)]
    [InlineData("[2001:db8::1]:8080", true)]
    [InlineData("orders@node-1", true)]
    [InlineData(":8080", false)]
    [InlineData("]x", false)]
    [InlineData("x$y", false)]
    public void InstanceId_HasCharactersOfItsOwn(string id, bool isFine) => Assert.Equal(isFine, NameRules.CheckInstanceId("f", id) is null);

    [Fact]
    public void Lengths_AreBoundedInCharacters()
    {
        Assert.Null(NameRules.CheckName("f", new string('a', 128)));
        Assert.Contains("has 129 characters", NameRules.CheckName("f", new string('a', 129))!.Message, StringComparison.Ordinal);
        Assert.Null(NameRules.CheckInstanceId("f", new string('a', 128)));
        Assert.NotNull(NameRules.CheckInstanceId("f", new string('a', 129)));
        Assert.Null(NameRules.CheckInterface("f", new string('a', 256)));
        Assert.NotNull(NameRules.CheckInterface("f", new string('a', 257)));
    }
}
