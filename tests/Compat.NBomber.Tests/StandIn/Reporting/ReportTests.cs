using System.Text.RegularExpressions;
using System.Xml.Linq;
using NBomber.Contracts.Stats;
using NBomber.CSharp;
using NBomber.Logging;
using NBomber.Reporting;
using NBomber.Running;
using NBomber.Terminal;
using NBomber.Tests.StandIn.Harness;
using Xunit;

namespace NBomber.Tests.StandIn.Reporting;

public sealed class ReportTests
{
    private const string Evil = "<script>alert('x')</script> \"&\" [red] | `a` \u001b[31m";

    [Fact]
    public async Task TheHtml_ShowsEverythingFromTheRunAsText()
    {
        var html = ReportWriter.Render(ReportFormat.Html, await EvilReportAsync());
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', html);

        // Were anything not escaped, these would not be well-formed, or have other elements than ours.
        foreach (var svg in Regex.Matches(html, "<svg.*?</svg>", RegexOptions.Singleline).Select(match => XElement.Parse(match.Value)))
        {
            Assert.NotEmpty(svg.Attribute("aria-label")!.Value);
            Assert.Equal("img", svg.Attribute("role")!.Value);
            Assert.Subset(
                new HashSet<string> { "line", "text", "path", "rect", "title", "circle" },
                svg.Descendants().Select(element => element.Name.LocalName).ToHashSet());
        }
    }

    [Fact]
    public async Task TheHtml_NeedsNothingElse()
    {
        var html = ReportWriter.Render(ReportFormat.Html, await EvilReportAsync());
        foreach (var outside in new[] { "http://", "https://", "src=", "@import", "url(", "<link", "<iframe", "<object", "onload" })
            Assert.DoesNotContain(outside, html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
        Assert.Contains("name=\"viewport\"", html, StringComparison.Ordinal);
        foreach (var chart in new[] { "Throughput over time", "Latency over time", "Latency by percentile", "Errors by kind over time" })
            Assert.Contains($"aria-label=\"{chart}. ", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheMarkdown_ShowsEverythingFromTheRunAsText()
    {
        var markdown = ReportWriter.Render(ReportFormat.Md, await EvilReportAsync());
        Assert.DoesNotContain("<script", markdown, StringComparison.Ordinal);
        Assert.Contains(@"&lt;script&gt;alert('x')&lt;/script&gt; ""&amp;"" \[red\] \| \`a\`", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheText_HasNoControlCharacters() =>
        Assert.DoesNotContain(ReportWriter.Render(ReportFormat.Txt, await EvilReportAsync()), c => char.IsControl(c) && c != '\n');

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"a\"", "\"say \"\"a\"\"\"")]
    [InlineData("two\r\nlines", "\"two\r\nlines\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("=HYPERLINK(\"a\",\"b\")", "\"'=HYPERLINK(\"\"a\"\",\"\"b\"\")\"")]
    [InlineData("", "")]
    public void CsvCells_AreQuoted_AndNeverFormulas(string value, string expected) => Assert.Equal(expected, CsvReport.Escape(value));

    [Fact]
    public async Task TheCsv_HasALinePerStep_WithAsManyCellsAsTheHeader()
    {
        var report = await ReportAsync("plain", "step", "why", interrupted: false);
        var lines = ReportWriter.Render(ReportFormat.Csv, report).Split("\r\n");
        Assert.Equal(["global information", "step"], lines[1..3].Select(line => line.Split(',')[4]));
        Assert.All(lines[..3], line => Assert.Equal(lines[0].Split(',').Length, line.Split(',').Length));
        Assert.Equal(["20", "10", "10"], lines[1].Split(',')[5..8]);
        Assert.Equal(["", ""], [lines[^1], lines.Length == 4 ? "" : "more"]);
    }

    [Fact]
    public async Task EveryReport_SaysThatTheTestWasInterrupted()
    {
        var report = await ReportAsync("plain", "step", "why", interrupted: true);
        Assert.True(report.Interrupted);
        Assert.All(
            Enum.GetValues<ReportFormat>().Where(format => format != ReportFormat.Csv),
            format => Assert.Contains("Interrupted", ReportWriter.Render(format, report), StringComparison.Ordinal));
        Assert.Contains(",true\r\n", ReportWriter.Render(ReportFormat.Csv, report), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReportsAreWrittenWhereTheyAreWanted_AndAreInTheOutcome()
    {
        var folder = Directory.CreateTempSubdirectory("reports");
        try
        {
            using var run = DrivenRun.Start(NBomberRunner.RegisterScenarios(Two("plain", "step", "why")).WithTestSuite("suite")
                .WithReportFolder(Path.Combine(folder.FullName, "deep", "er")).WithReportFileName("report"));
            var stats = await run.ToEndAsync();
            Assert.Equal(
                ["report.csv", "report.html", "report.md", "report.txt"],
                stats.ReportFiles.Select(file => Path.GetFileName(file.FilePath)).Order());
            Assert.All(stats.ReportFiles, file => Assert.Equal(file.ReportContent, File.ReadAllText(file.FilePath)));
            Assert.Single(Directory.GetFiles(Path.Combine(folder.FullName, "deep", "er"), "nbomber-log-*.txt"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task AReportThatCannotBeWritten_IsSaid_AndTheOutcomeIsThere()
    {
        var file = Path.GetTempFileName();
        try
        {
            using var run = DrivenRun.Start(
                NBomberRunner.RegisterScenarios(Two("plain", "step", "why")).WithReportFolder(Path.Combine(file, "in a file")));
            var stats = await run.ToEndAsync();
            Assert.Empty(stats.ReportFiles);
            Assert.Equal(20, stats.AllRequestCount);
            Assert.Contains(run.View.Lines, line => line.Contains("is not written", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task ProgressLines_HaveTheLoad_TheCounts_AndTheErrorsByKind()
    {
        using var run = DrivenRun.Start(Two("plain", "step", "why"));
        await run.ToEndAsync();
        var line = LineView.Line(run.View.Progress.Single());
        Assert.Contains("plain: inject 20, 1 s/1 s, 0 at work, 10 ok, 10 failed", line, StringComparison.Ordinal);
        Assert.EndsWith("; 503: 10", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lost {Count} of {Total}", "lost 1 of 2.5")]
    [InlineData("{A:000}|{{B}}|{C}", "001|{B}|2.5")]
    [InlineData("{A} {B} {C}", "1 2.5 {C}")]
    [InlineData("{", "{")]
    [InlineData("{} }", "{} }")]
    public void LogTemplates_AreFilledByPosition(string template, string expected) =>
        Assert.Equal(expected, MessageTemplate.Fill(template, [1, 2.5]));

    private static Task<RunReport> EvilReportAsync() => ReportAsync(Evil, Evil, Evil, interrupted: false);

    private static async Task<RunReport> ReportAsync(string name, string step, string message, bool interrupted)
    {
        using var run = DrivenRun.Start(
            NBomberRunner.RegisterScenarios(Two(name, step, message)).WithTestSuite(name).WithTestName(name).WithoutReports());
        if (interrupted)
        {
            // In the middle of the load, which cannot end before time goes on.
            await run.PassAsync(TimeSpan.FromMilliseconds(500));
            await run.InterruptAsync();
        }

        await run.ToEndAsync();
        return run.View.Report!;
    }

    // Half of its iterations end well.
    private static Contracts.ScenarioProps Two(string name, string step, string message)
    {
        var number = 0;
        return Scenario.Create(name, async context =>
        {
            await Step.Run(step, context, () => Task.FromResult(Response.Ok(sizeBytes: 5)));
            return Interlocked.Increment(ref number) % 2 == 0
                ? Response.Ok(statusCode: "200", sizeBytes: 10)
                : Response.Fail(statusCode: message == "why" ? "503" : message, message: message);
        }).WithoutWarmUp().WithLoadSimulations(Simulation.Inject(20, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));
    }
}
