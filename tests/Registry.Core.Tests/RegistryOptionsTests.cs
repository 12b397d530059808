using Registry.TestKit.Core;
using Registry.TestKit.Time;
using Xunit;

namespace Registry.Core.Tests;

/// <summary>Every option has a range, is refused outside of it, and the refusal names it.</summary>
public sealed class RegistryOptionsTests
{
    public static TheoryData<string, Action<RegistryOptions>> OutOfRange => new()
    {
        { "Stripes", o => o.Stripes = 0 },
        { "Stripes", o => o.Stripes = 3 },
        { "Stripes", o => o.Stripes = 131_072 },
        { "Limits:InstancesPerApplication", o => o.Limits.InstancesPerApplication = 0 },
        { "Limits:BuildsPerApplication", o => o.Limits.BuildsPerApplication = 10_001 },
        { "Limits:BuildRetention", o => o.Limits.BuildRetention = TimeSpan.FromTicks(-1) },
        { "Limits:BuildRetention", o => o.Limits.BuildRetention = TimeSpan.FromDays(8) },
        { "Leases:MinTtl", o => o.Leases.MinTtl = TimeSpan.FromMilliseconds(999) },
        { "Leases:MaxTtl", o => o.Leases.MaxTtl = TimeSpan.FromDays(31) },
        { "Leases:DefaultTtl", o => o.Leases.DefaultTtl = TimeSpan.FromMilliseconds(1) },
        { "Leases:DefaultTtl", o => o.Leases.DefaultTtl = TimeSpan.FromDays(2) },
        { "Leases:MaxLeases", o => o.Leases.MaxLeases = 0 },
        { "Leases:ScanInterval", o => o.Leases.ScanInterval = TimeSpan.Zero },
        { "Leases:ProtectionShare", o => o.Leases.ProtectionShare = 1.01 },
        { "Leases:ProtectionShare", o => o.Leases.ProtectionShare = -0.01 },
        { "Leases:ProtectionShare", o => o.Leases.ProtectionShare = double.NaN },
        { "Leases:ProtectionWindow", o => o.Leases.ProtectionWindow = TimeSpan.Zero },
        { "Leases:ProtectionBound", o => o.Leases.ProtectionBound = TimeSpan.FromHours(2) },
        { "Leases:RestartGrace", o => o.Leases.RestartGrace = TimeSpan.FromTicks(-1) },
        { "Leases:RestartGrace", o => o.Leases.RestartGrace = TimeSpan.FromHours(2) },
        { "Watching:BookmarkInterval", o => o.Watching.BookmarkInterval = TimeSpan.FromMilliseconds(99) },
        { "Watching:StallTimeout", o => o.Watching.StallTimeout = TimeSpan.FromHours(2) },
        { "Watching:TopicsPerStream", o => o.Watching.TopicsPerStream = 0 },
    };

    [Theory]
    [MemberData(nameof(OutOfRange), DisableDiscoveryEnumeration = true)]
    public void Option_OutOfItsRange_IsNamedAndNoRegistryStarts(string path, Action<RegistryOptions> set)
    {
        var options = new RegistryOptions();
        set(options);

        Assert.Contains(options.Validate(), error => error.StartsWith(path + ": is ", StringComparison.Ordinal));
        Assert.Throws<ArgumentException>("options", () => new ServiceRegistry(options, new DrivenClock()));
    }

    [Fact]
    public void Defaults_AreValid() => Assert.Empty(new RegistryOptions().Validate());

    [Fact]
    public void Registries_HaveEpochsOfTheirOwn()
    {
        using var first = new DrivenRegistry();
        using var second = new DrivenRegistry();

        Assert.NotEqual(first.Registry.Epoch, second.Registry.Epoch);
    }
}
