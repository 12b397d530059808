using System.Collections.Concurrent;
using System.Threading.Channels;
using NBomber.Configuration;
using NBomber.Contracts.Stats;
using NBomber.Reporting;
using NBomber.Running;
using Spectre.Console;
using Spectre.Console.Rendering;
using Text = Spectre.Console.Text;

namespace NBomber.Terminal;

/// <summary>A table that is redrawn. One loop draws; whoever has news only leaves it. Everything from the run is escaped.</summary>
internal sealed class LiveView(IAnsiConsole console) : IRunView
{
    private const int MostMessages = 6;

    // Only the latest picture is worth drawing.
    private readonly Channel<IReadOnlyList<ScenarioProgress>> _pictures = Channel.CreateBounded<IReadOnlyList<ScenarioProgress>>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly ConcurrentQueue<string> _messages = new();
    private Task _drawing = Task.CompletedTask;
    private string _title = "";
    private volatile string _operation = "";

    public void Begin(SessionSettings settings, TestInfo test)
    {
        _title = $"{test.TestSuite} / {test.TestName}";
        _drawing = Task.Run(DrawAsync);
    }

    public void Enter(OperationType operation)
    {
        _operation = operation switch
        {
            OperationType.Init => "preparing",
            OperationType.WarmUp => "warming up",
            OperationType.Bombing => "under load",
            _ => "ending",
        };
        _pictures.Writer.TryWrite([]);
    }

    public void Show(IReadOnlyList<ScenarioProgress> progress) => _pictures.Writer.TryWrite(progress);

    public void Say(string line)
    {
        _messages.Enqueue(PlainTable.OneLine(line));
        while (_messages.Count > MostMessages && _messages.TryDequeue(out _))
        {
            // The oldest goes; the log has them all.
        }
    }

    public async Task EndAsync(RunReport report, IReadOnlyList<ReportFile> files)
    {
        await DisposeAsync().ConfigureAwait(false);
        console.WriteLine();
        console.Write(SummaryTable.Of(report));
        foreach (var note in report.Notes)
            console.MarkupLineInterpolated($"[yellow]! {PlainTable.OneLine(note)}[/]");
        foreach (var scenario in report.Scenarios.Where(scenario => scenario.Stats.Fail.StatusCodes.Length > 0))
            console.Write(SummaryTable.Failures(scenario));
        foreach (var file in files)
            console.MarkupLineInterpolated($"[grey]report[/] {file.FilePath}");
    }

    public async ValueTask DisposeAsync()
    {
        _pictures.Writer.TryComplete();
        await _drawing.ConfigureAwait(false);
    }

    private Task DrawAsync() => console.Live(new Text("")).AutoClear(true).StartAsync(async live =>
    {
        IReadOnlyList<ScenarioProgress> last = [];
        await foreach (var picture in _pictures.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            last = picture.Count > 0 ? picture : last;
            live.UpdateTarget(Draw(last));
            live.Refresh();
        }
    });

    private Rows Draw(IReadOnlyList<ScenarioProgress> progress)
    {
        var title = new Markup($"[bold]{Markup.Escape(PlainTable.OneLine(_title))}[/] [grey]{_operation}[/]");
        var rows = new List<IRenderable> { title, ProgressTable.Of(progress) };
        rows.AddRange(_messages.Select(message => new Markup($"[yellow]{Markup.Escape(message)}[/]")));
        return new Rows(rows);
    }
}
