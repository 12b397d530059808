using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Registry.Cli.CommandLine;
using Registry.Cli.Manifest;
using Registry.Cli.Output;
using Registry.Cli.Watching;

namespace Registry.Cli.Once;

/// <summary>Tells what changed, or would: a line for each, and how many there were; or one document.</summary>
internal sealed class OnceReport(CliContext context, Globals globals, string holder, bool isDryRun)
{
    private readonly MarkedLines _lines = new(context);
    private readonly ImmutableArray<OnceChangeJson>.Builder _changes = ImmutableArray.CreateBuilder<OnceChangeJson>();
    private int _unchanged;

    /// <summary>The newest revision that was made.</summary>
    public long Revision { get; set; }

    /// <summary>Something changed, or would.</summary>
    public bool Differs => _changes.Count > 0;

    public void Unchanged(int instances) => _unchanged += instances;

    public async Task BuildAsync(string application, string name, Protocol.V1.Build build)
    {
        _changes.Add(new OnceChangeJson("added", "build", application, build.Id, name));
        await LineAsync('+', $"{application} build {name} ({Plural.Of(build.Interfaces.Count, "interface")})");
    }

    public async Task InstanceAsync(string application, InstanceWish wish)
    {
        _changes.Add(new OnceChangeJson(
            JsonNamingPolicy.CamelCase.ConvertName(wish.Kind.ToString()),
            "instance",
            application,
            wish.Wanted.Id,
            Fields: wish.Kind == ChangeKind.Changed ? [.. wish.Fields.Select(field => new OnceFieldJson(field.Field, field.Before, field.After))] : null));
        var mark = wish.Kind switch
        {
            ChangeKind.Added => '+',
            ChangeKind.Removed => '-',
            _ => '~',
        };
        var details = wish.Kind == ChangeKind.Changed
            ? $"({InstanceDifference.Describe(wish.Fields)})"
            : $"{string.Join(',', wish.Wanted.Endpoints.Select(EndpointText.Format))} {StateName.Of(wish.Wanted.State)}";
        await LineAsync(mark, $"{application}/{wish.Wanted.Id} {details}");
    }

    /// <param name="isComplete">Nothing failed.</param>
    public async Task EndAsync(bool isComplete)
    {
        var (added, changed, removed) = (Count("added"), Count("changed"), Count("removed"));
        if (globals.Output == OutputFormat.Json)
        {
            var document = new OnceJson(
                globals.Namespace, holder, isDryRun, isComplete, Revision, added, changed, removed, _unchanged, _changes.DrainToImmutable());
            await context.Out.WriteLineAsync(JsonOutput.Write(document, JsonOutput.Document.OnceJson));
        }
        else if (isComplete)
        {
            var at = Revision > 0 ? string.Create(CultureInfo.InvariantCulture, $"; revision {Revision}") : "";
            await context.Out.WriteLineAsync(
                $"holder {holder}: {Plural.Of(added, "instance")} {(isDryRun ? "would be added" : "added")}, {changed} changed, {removed} removed, {_unchanged} unchanged{at}");
        }
    }

    private int Count(string change) => _changes.Count(one => one.Kind == "instance" && one.Change == change);

    private Task LineAsync(char mark, string text) =>
        globals.Output == OutputFormat.Json ? Task.CompletedTask : _lines.WriteAsync(mark, $"{mark} {text}");
}
