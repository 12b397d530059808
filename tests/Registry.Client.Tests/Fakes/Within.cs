namespace Registry.Client.Tests.Fakes;

/// <summary>Waiting for what has no event: looks until it is so.</summary>
internal static class Within
{
    public static async Task TrueAsync(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Wait.Patience, "it did not become so in time");
            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }
    }
}
