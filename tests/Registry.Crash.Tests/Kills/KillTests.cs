using System.Diagnostics;
using System.Globalization;
using Registry.Crash.Tests.Servers;
using Registry.CrashServer.Logs;

namespace Registry.Crash.Tests.Kills;

/// <summary>
/// kill -9 under load, at random moments and at every named point. The environment variable REGISTRY_PROOF_CRASHES says how many; 40 by
/// default, and the seed is printed.
/// </summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const int Few = 40;

    // With so many every point has had its turn many times.
    private const int EnoughForEveryPoint = 400;
    private const int MostToCatchADouble = 20;

    private readonly string _data = Directory.CreateTempSubdirectory("registry-crash-").FullName;

    private bool _isEvidence;

    public void Dispose()
    {
        if (!_isEvidence)
            Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task KillAtAnyMoment_LosesNothingThatWasAcknowledged_AndLeavesNothingByHalf()
    {
        var crashes = int.TryParse(Environment.GetEnvironmentVariable("REGISTRY_PROOF_CRASHES"), CultureInfo.InvariantCulture, out var many) ? many : Few;
        var seed = Random.Shared.Next();
        var series = new KillSeries(CrashServers.OnDisk(_data), seed);
        var start = Stopwatch.GetTimestamp();
        await series.RunAsync(crashes);

        // What a violation has left on the disk stays there for whoever looks for its cause.
        _isEvidence = series.Violations.Count > 0;
        Assert.False(_isEvidence, $"seed {seed}, data {_data}: {string.Join(Environment.NewLine, series.Violations)}");
        var atPoints = series.AtPoints.Values.Sum();
        output.WriteLine(
            $"proof: kill -9: {series.Moments + atPoints} crashes survived ({series.Moments} at random moments, {atPoints} at {series.AtPoints.Values.Count(count => count > 0)} named points; "
            + $"points never reached: {(series.NeverReached.Any() ? string.Join(", ", series.NeverReached) : "none")}), {series.Acknowledged} changes acknowledged, "
            + $"{series.InDoubt} in doubt, of which {series.Kept} were kept; lost or by half: 0, seed {seed}, {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
        Assert.True(series.Acknowledged > crashes, "the lives were too short to show anything");
        if (crashes >= EnoughForEveryPoint)
            Assert.Empty(series.NeverReached);
    }

    [Fact]
    public async Task Audit_CatchesALogThatAcknowledgesBeforeItWrites()
    {
        var seed = Random.Shared.Next();
        var series = new KillSeries(CrashServers.OnDisk(_data).With(SmallLog.HastyVariable, "1"), seed);
        await series.RunAsync(MostToCatchADouble);

        Assert.True(series.Violations.Count > 0, $"{MostToCatchADouble} crashes, seed {seed}, and nobody noticed");
        output.WriteLine($"proof: a log that acknowledges too early is found out after {series.Moments + series.AtPoints.Values.Sum()} crashes, seed {seed}: {series.Violations.First()}");
    }
}
