using System.Diagnostics;
using System.Globalization;
using Registry.TestKit.Linearizability;
using Xunit;

namespace Registry.Core.Tests.Linearizability;

/// <summary>
/// Thousands of short concurrent histories of the real core: register, update, deregister, resolve, renew, and leases that run out, with
/// answers that get lost. Each must be explained by some order in which everything happens one after the other.
/// </summary>
/// <remarks>
/// The environment variable REGISTRY_PROOF_SECONDS says how long to go on; 10 by default. Short histories, many of them: the search grows
/// with the overlap within one history, and races are met by starting anew.
/// </remarks>
[Trait("Suite", "Linearizability")]
public sealed class RegistryLinearizabilityTests(ITestOutputHelper output)
{
    private static readonly TimeSpan TimeBox = TimeSpan.FromSeconds(10);

    private static TimeSpan Budget => TimeSpan.FromSeconds(
        double.TryParse(Environment.GetEnvironmentVariable("REGISTRY_PROOF_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 10);

    [Fact]
    public void Histories_OfTheCore_AreLinearizable()
    {
        var first = Random.Shared.Next(int.MaxValue / 2);
        var start = Stopwatch.GetTimestamp();
        int histories = 0, unknown = 0;
        long operations = 0, overlapping = 0;
        while (histories < 100 || Stopwatch.GetElapsedTime(start) < Budget)
        {
            var run = ConcurrentRun.Of(first + histories);
            using var core = new CoreClient(stripes: run.Seed % 2 == 0 ? 256 : 1);
            var history = run.Against(core, CoreClient.Ttl);
            var result = history.Check(TimeBox);
            Assert.True(result.Verdict != Verdict.Violated, $"seed {run.Seed}: {run}{Environment.NewLine}{result}");
            unknown += result.Verdict == Verdict.Unknown ? 1 : 0;
            histories++;
            operations += history.Count;
            overlapping += history.Overlapping;
        }

        output.WriteLine($"proof: histories checked: {histories}, of {operations} operations ({overlapping} overlapped another client's), seeds from {first}; undecided within {TimeBox.TotalSeconds} s: {unknown}");
        Assert.True(unknown == 0, $"{unknown} of {histories} histories from seed {first} were not decided: not wrong, but not right either");
    }
}
