using System.Collections.Immutable;
using Registry.Core.Tables;
using Xunit;

namespace Registry.Core.Tests.Tables;

/// <summary>The sorted arrays that snapshots are made of, compared with a dictionary.</summary>
public sealed class SortedTests
{
    [Fact]
    public void Merge_DoesWhatADictionaryDoes()
    {
        var random = new Random(17);
        for (var round = 0; round < 5_000; round++)
        {
            var items = Some(random, "old").ToImmutableArray();
            var upserts = Some(random, "new");
            string[] removals = [.. Some(random, "").Select(KeyOf).Where(key => !upserts.Any(u => KeyOf(u) == key))];

            var merged = Sorted.Merge(items, [.. upserts], [.. removals], KeyOf);

            var expected = items.ToDictionary(KeyOf);
            foreach (var key in removals)
                expected.Remove(key);
            foreach (var upsert in upserts)
                expected[KeyOf(upsert)] = upsert;
            Assert.Equal(expected.Values.OrderBy(KeyOf, StringComparer.Ordinal), merged);
            Assert.All(merged, item => Assert.Equal(merged.IndexOf(item), Sorted.IndexOf(merged, KeyOf(item), KeyOf)));
        }
    }

    [Theory]
    [InlineData("", ~0)]
    [InlineData("B", 0)]
    [InlineData("C", ~1)]
    [InlineData("b", 1)]
    [InlineData("c", ~2)]
    public void IndexOf_IsTheComplementOfWhereItWouldStand(string key, int index) =>
        Assert.Equal(index, Sorted.IndexOf(["B", "b"], key, item => item));

    private static string KeyOf(string item) => item[..1];

    private static string[] Some(Random random, string suffix) =>
        [.. Enumerable.Range(0, random.Next(12)).Select(_ => (char)('A' + random.Next(40))).Distinct().Order().Select(c => c + suffix)];
}
