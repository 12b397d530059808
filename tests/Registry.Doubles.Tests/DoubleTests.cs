using Registry.Doubles.Tests.Catalog;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Registry.Doubles.Tests;

/// <summary>
/// A suite that has never been seen to fail proves nothing. Here each is seen to: the registry is built with one thing wrong, in as
/// many ways as there are doubles, and the suites that are there for that thing must fail on it.
/// </summary>
[TestCaseOrderer(typeof(SumLast))]
public sealed class DoubleTests(Workbench workbench, ITestOutputHelper output) : IClassFixture<Workbench>
{
    public static TheoryData<string> Doubles => [.. DoubleCatalog.Chosen.Select(d => d.Name)];

    public static TheoryData<string> Suites => [.. Suite.All.Select(s => s.ToString())];

    [Theory]
    [MemberData(nameof(Doubles))]
    public async Task Double_IsCaught_ByEverySuiteThatIsThereForIt(string name)
    {
        var @double = DoubleCatalog.All.Single(d => d.Name == name);
        var missed = new List<string>();
        foreach (var suites in @double.CaughtBy.GroupBy(s => s.Project))
        {
            var runs = (await workbench.RunAsync(@double, suites.Key, [.. suites])).ToList();
            for (var again = 0; again < 2 && @double.IsStatistical && suites.Any(suite => !runs.Exists(run => run.IsCaughtBy(suite))); again++)
                runs.AddRange(await workbench.RunAsync(@double, suites.Key, [.. suites]));
            foreach (var suite in suites)
            {
                var caught = runs.Count(run => run.IsHung ? @double.MayHang : run.IsCaughtBy(suite));
                var by = runs.Select(r => r.IsHung ? "hang" : r.Failed.FirstOrDefault(f => f.IsOf(suite))?.Method).FirstOrDefault(b => b is not null);
                workbench.Note(new Catch(name, caught, runs.Count, runs.Aggregate(TimeSpan.Zero, (sum, run) => sum + run.Time) / runs.Count, $"{suite}: {by}"));
                if (@double.IsStatistical ? caught == 0 : caught < runs.Count)
                    missed.Add($"{suite} caught it in {caught} of {runs.Count} runs: {runs.First(run => run.IsHung ? !@double.MayHang : !run.IsCaughtBy(suite))}");
            }
        }

        Assert.True(missed.Count == 0, $"{name}: {@double.Story}{Environment.NewLine}{string.Join(Environment.NewLine, missed)}");
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Suite_IsThereForOneDoubleAtLeast(string suite) =>
        Assert.Contains(DoubleCatalog.All, d => d.CaughtBy.Any(s => s.ToString() == suite));

    [Fact]
    public void Sum_AllDoublesAreCaught()
    {
        output.WriteLine(workbench.Report());
        Assert.Equal(DoubleCatalog.Chosen.Count(), workbench.CaughtDoubles);
    }

    [Fact]
    public void Double_StaysWithinOneProject() =>
        Assert.All(DoubleCatalog.All, d => Assert.All(d.Edits, e => Assert.Equal(d.Project, e.Project)));
}

/// <summary>The sum stands at the end.</summary>
internal sealed class SumLast : ITestCaseOrderer
{
    public IReadOnlyCollection<TTestCase> OrderTestCases<TTestCase>(IReadOnlyCollection<TTestCase> testCases)
        where TTestCase : notnull, ITestCase =>
        [.. testCases.OrderBy(test => test.TestMethodName == nameof(DoubleTests.Sum_AllDoublesAreCaught))];
}
