using System.Text.Json;
using Microsoft.Extensions.Configuration;
using NBomber.Contracts.Stats;

namespace NBomber.Configuration;

/// <summary>What a configuration file says; null where it says nothing. Names that are not known are refused.</summary>
internal sealed record ConfigFile
{
    private static readonly JsonDocumentOptions Json = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    public string? TestSuite { get; private init; }

    public string? TestName { get; private init; }

    public IReadOnlyList<string>? TargetScenarios { get; private init; }

    public TimeSpan? ScenarioCompletionTimeout { get; private init; }

    public string? ReportFileName { get; private init; }

    public string? ReportFolder { get; private init; }

    public IReadOnlyList<ReportFormat>? ReportFormats { get; private init; }

    public TimeSpan? ReportingInterval { get; private init; }

    public bool? DisplayConsoleMetrics { get; private init; }

    public IReadOnlyDictionary<string, ScenarioConfig> Scenarios { get; private init; } = new Dictionary<string, ScenarioConfig>();

    public ScenarioConfig? Of(string scenario) => scenario is null ? null : Scenarios.GetValueOrDefault(scenario);

    /// <exception cref="InvalidOperationException">The file is missing, is no JSON, or says something that is not understood.</exception>
    public static ConfigFile Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"The configuration file '{path}' cannot be read: {exception.Message}", exception);
        }
    }

    /// <exception cref="InvalidOperationException">It is no JSON, or says something that is not understood.</exception>
    public static ConfigFile Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Json);
            return Of(new JsonFields(document.RootElement, ""));
        }
        catch (JsonException exception)
        {
            throw new InvalidOperationException($"The configuration file is no JSON: {exception.Message}", exception);
        }
    }

    private static ConfigFile Of(JsonFields top)
    {
        var file = new ConfigFile
        {
            TestSuite = top.Text("TestSuite"),
            TestName = top.Text("TestName"),
            TargetScenarios = TextsOf(top, "TargetScenarios"),
            ScenarioCompletionTimeout = top.Time("ScenarioCompletionTimeout"),
        };
        var global = top.Object("GlobalSettings");
        top.RefuseOthers();
        if (global is null)
            return file;
        file = file with
        {
            ReportFileName = global.Text("ReportFileName"),
            ReportFolder = global.Text("ReportFolder"),
            ReportFormats = FormatsOf(global),
            ReportingInterval = global.Time("ReportingInterval"),
            DisplayConsoleMetrics = global.Truth("DisplayConsoleMetrics"),
            Scenarios = ScenariosOf(global),
        };
        global.RefuseOthers();
        return file;
    }

    private static string[]? TextsOf(JsonFields fields, string name) =>
        fields.Items(name)?.Select(item => JsonFields.TextOf(item.Value, item.Path)).ToArray();

    private static ReportFormat[]? FormatsOf(JsonFields fields) => fields.Items("ReportFormats")?
        .Select(item => Enum.GetNames<ReportFormat>().Contains(JsonFields.TextOf(item.Value, item.Path))
            ? Enum.Parse<ReportFormat>(item.Value.GetString()!)
            : throw JsonFields.Wrong(item.Path, $"is none of {string.Join(", ", Enum.GetNames<ReportFormat>())}"))
        .Distinct().ToArray();

    private static Dictionary<string, ScenarioConfig> ScenariosOf(JsonFields global)
    {
        var scenarios = new Dictionary<string, ScenarioConfig>();
        foreach (var (value, path) in global.Items("ScenariosSettings") ?? [])
        {
            var fields = new JsonFields(value, path);
            var name = fields.Text("ScenarioName") ?? throw JsonFields.Wrong(path, "lacks ScenarioName");
            var config = new ScenarioConfig(
                fields.Time("WarmUpDuration"),
                fields.Items("LoadSimulationsSettings")?.Select(item => SimulationJson.Parse(item.Value, item.Path)).ToArray(),
                fields.Number("MaxFailCount"),
                fields.Take("CustomSettings") is { } custom ? CustomOf(custom, fields.PathOf("CustomSettings")) : null);
            fields.RefuseOthers();
            if (!scenarios.TryAdd(name, config))
                throw JsonFields.Wrong(path, $"is the second one for scenario '{name}'");
        }

        return scenarios;
    }

    private static IConfigurationRoot CustomOf(JsonElement custom, string path)
    {
        if (custom.ValueKind != JsonValueKind.Object)
            throw JsonFields.Wrong(path, "is no object");
        using var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(custom));
        return new ConfigurationBuilder().AddJsonStream(json).Build();
    }
}
