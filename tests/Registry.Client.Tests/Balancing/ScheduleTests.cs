using Registry.Client.Balancing;

namespace Registry.Client.Tests.Balancing;

public sealed class ScheduleTests
{
    [Theory]
    [InlineData(1.0)]
    [InlineData(1.0, 1.0, 1.0)]
    [InlineData(100.0, 50.0, 25.0)]
    [InlineData(10_000.0, 1.0)]
    [InlineData(0.001, 0.002, 0.007)]
    public void EachPlace_HasItsWeightsShare_ToTheSlot(params double[] weights)
    {
        var ring = Schedule.Of(weights);
        Assert.True(int.IsPow2(ring.Length));
        var counts = ring.CountBy(index => (int)index).ToDictionary();
        for (var i = 0; i < weights.Length; i++)
        {
            Assert.InRange(counts[i], (weights[i] / weights.Sum() * ring.Length) - 1, (weights[i] / weights.Sum() * ring.Length) + 1);
        }
    }

    [Fact]
    public void Shares_AreSpreadOverTheRing_AndNotServedInARow()
    {
        // 50, 30 and 20 in a hundred: between two turns of the first lies never more than one other of each.
        var ring = Schedule.Of([50, 30, 20]);
        for (var i = 0; i < ring.Length; i++)
        {
            var window = Enumerable.Range(i, 8).Select(slot => ring[slot % ring.Length]).ToArray();
            Assert.InRange(window.Count(index => index == 0), 3, 5);
            Assert.InRange(window.Count(index => index == 1), 1, 4);
            Assert.InRange(window.Count(index => index == 2), 1, 3);
        }
    }

    [Fact]
    public void LightestOfVeryUnequalWeights_GetsASlotAllTheSame()
    {
        var weights = Enumerable.Repeat(10_000.0, 9_999).Append(1).ToArray();
        var ring = Schedule.Of(weights);
        Assert.Equal(65_536, ring.Length);
        Assert.Equal(weights.Length, ring.Distinct().Count());
    }

    [Fact]
    public void NoPlaces_AreAnEmptyRing() => Assert.Empty(Schedule.Of([]));

    [Fact]
    public void WeightOfNothing_IsAMistakeOfTheCaller() => Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.Of([1, 0]));
}
