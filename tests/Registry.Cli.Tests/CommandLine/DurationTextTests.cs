using Registry.Cli.CommandLine;

namespace Registry.Cli.Tests.CommandLine;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("5", 5_000)]
    [InlineData("0.5", 500)]
    [InlineData("500ms", 500)]
    [InlineData("10s", 10_000)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    public void Durations_are_read_with_or_without_a_unit(string text, int millis)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(millis, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("5x")]
    [InlineData("s")]
    [InlineData("1e9")]
    [InlineData("99999999999h")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(DurationText.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(7_560, "7.5s")]
    [InlineData(10_000, "10s")]
    [InlineData(60_000, "1m")]
    [InlineData(192_000, "3m12s")]
    [InlineData(3_600_000, "1h")]
    [InlineData(187_200_000, "2d4h")]
    public void Durations_are_shown_in_at_most_two_units(int millis, string text) => Assert.Equal(text, DurationText.Format(TimeSpan.FromMilliseconds(millis)));
}
