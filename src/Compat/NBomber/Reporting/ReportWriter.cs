using System.Text;
using NBomber.Configuration;
using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.Reporting.Html;
using NBomber.Running;

namespace NBomber.Reporting;

/// <summary>Writes the reports that are wanted.</summary>
internal static class ReportWriter
{
    public static string Render(ReportFormat format, RunReport report) => format switch
    {
        ReportFormat.Html => HtmlReport.Render(report),
        ReportFormat.Csv => CsvReport.Render(report),
        ReportFormat.Md => MdReport.Render(report),
        _ => TxtReport.Render(report),
    };

    /// <summary>A report that cannot be written is logged: the outcome of the test does not hang on it.</summary>
    public static async Task<IReadOnlyList<ReportFile>> WriteAsync(SessionSettings settings, RunReport report, ILogger log)
    {
        var files = new List<ReportFile>();
        foreach (var format in settings.ReportFormats)
        {
            var extension = Enum.GetName(format)!.ToLowerInvariant();
            var path = Path.Combine(settings.ReportFolder, $"{settings.ReportFileName}.{extension}");
            try
            {
                Directory.CreateDirectory(settings.ReportFolder);
                var content = Render(format, report);
                await File.WriteAllTextAsync(path, content, new UTF8Encoding(false)).ConfigureAwait(false);
                files.Add(new ReportFile { FilePath = path, ReportFormat = format, ReportContent = content });
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                log.Error(exception, "the report {Path} is not written", path);
            }
        }

        return files;
    }
}
