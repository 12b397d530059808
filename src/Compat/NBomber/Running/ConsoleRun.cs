using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using NBomber.Configuration;
using NBomber.Contracts.Stats;
using NBomber.Logging;
using NBomber.Reporting;
using NBomber.Terminal;

namespace NBomber.Running;

/// <summary>A test in this process: with its terminal, its signals, its files.</summary>
internal static class ConsoleRun
{
    [SuppressMessage("Usage", "VSTHRD002", Justification = "NBomber's Run is synchronous; nothing here needs the caller's thread.")]
    public static NodeStats Run(SessionSettings settings) => Task.Run(() => RunAsync(settings)).GetAwaiter().GetResult();

    private static async Task<NodeStats> RunAsync(SessionSettings settings)
    {
        using var interrupt = new CancellationTokenSource();
        using var giveUp = new CancellationTokenSource();
        await using var view = RunView.For(settings);
        using var sigint = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        return await RunAsync(settings, TimeProvider.System, view, interrupt.Token, giveUp.Token).ConfigureAwait(false);

        // The first one ends the load, the second one the wait for what still runs. Reports are written either way.
        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            if (interrupt.IsCancellationRequested)
            {
                _ = giveUp.CancelAsync();
                return;
            }

            view.Say("interrupted: waiting for running iterations, then writing the reports; once more to wait no longer");
            _ = interrupt.CancelAsync();
        }
    }

    public static async Task<NodeStats> RunAsync(
        SessionSettings settings, TimeProvider time, IRunView view, CancellationToken interrupt, CancellationToken giveUp)
    {
        await using var log = new RunLog(settings.LogPath, time, view.Say);
        var report = await new TestSession(settings, time, log, view).RunAsync(interrupt, giveUp).ConfigureAwait(false);
        var stats = report.ToStats();
        stats.ReportFiles = [.. await ReportWriter.WriteAsync(settings, report, log).ConfigureAwait(false)];
        await view.EndAsync(report, stats.ReportFiles).ConfigureAwait(false);
        return stats;
    }
}
