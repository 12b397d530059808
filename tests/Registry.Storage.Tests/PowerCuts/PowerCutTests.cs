using System.Globalization;
using Registry.Storage.Tests.Simulation;

namespace Registry.Storage.Tests.PowerCuts;

/// <summary>
/// Thousands of power cuts. The environment variable REGISTRY_PROOF_SEEDS says how many runs; 40 by default, and the first seed is printed.
/// </summary>
public sealed class PowerCutTests(ITestOutputHelper output)
{
    private const int MostRunsToCatchADouble = 100;

    private static int Runs =>
        int.TryParse(Environment.GetEnvironmentVariable("REGISTRY_PROOF_SEEDS"), CultureInfo.InvariantCulture, out var runs) ? runs : 40;

    [Fact]
    public void EveryPowerCut_LeavesWhatWasAcknowledged_AndNothingByHalf()
    {
        var first = Random.Shared.Next(int.MaxValue / 2);
        int points = 0, images = 0, torn = 0, acknowledged = 0;
        for (var i = 0; i < Runs; i++)
        {
            var run = CrashRun.Of(first + i);
            Assert.True(run.Violations.Count == 0, $"seed {first + i}: {string.Join(Environment.NewLine, run.Violations)}");
            points += run.Points;
            images += run.Images;
            torn += run.Torn;
            acknowledged += run.Acknowledged;
        }

        output.WriteLine($"proof: power cuts: {images} at {points} points of {Runs} runs, seeds from {first}, {acknowledged} changes acknowledged, {torn} tails torn; lost or by half: 0");
        Assert.True(points > 10 * Runs && torn > 0, "the runs did not get far enough to show anything");
    }

    [Fact]
    public void Audit_CatchesALogThatAnswersBeforeTheFileIsSynced() => Catches(() => new SimulatedDisk { LiesAboutFiles = true });

    [Fact]
    public void Audit_CatchesALogThatDoesNotSyncTheDirectory() => Catches(() => new SimulatedDisk { LiesAboutTheDirectory = true });

    private void Catches(Func<SimulatedDisk> broken)
    {
        var first = Random.Shared.Next(int.MaxValue / 2);
        for (var i = 0; i < MostRunsToCatchADouble; i++)
        {
            if (CrashRun.Of(first + i, broken()).Violations is [var violation, ..])
            {
                output.WriteLine($"proof: a log that answers too early is found out after {i + 1} runs, seeds from {first}: {violation}");
                return;
            }
        }

        Assert.Fail($"{MostRunsToCatchADouble} runs, seeds from {first}, and nobody noticed");
    }
}
