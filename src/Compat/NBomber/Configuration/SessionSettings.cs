using System.Globalization;
using Microsoft.Extensions.Configuration;
using NBomber.Contracts;
using NBomber.Contracts.Stats;
using NBomber.Scheduling;

namespace NBomber.Configuration;

/// <summary>A test as it will run, checked.</summary>
internal sealed record SessionSettings
{
    public required string SessionId { get; init; }

    public required string TestSuite { get; init; }

    public required string TestName { get; init; }

    public required IReadOnlyList<ScenarioSettings> Scenarios { get; init; }

    public required IReadOnlyList<ReportFormat> ReportFormats { get; init; }

    public required string ReportFolder { get; init; }

    public required string ReportFileName { get; init; }

    public required TimeSpan ReportingInterval { get; init; }

    public required TimeSpan CompletionTimeout { get; init; }

    public required bool DisplayConsoleMetrics { get; init; }

    /// <summary>Null: other random moments in every run.</summary>
    public int? Seed { get; init; }

    public string? LogPath { get; init; }

    public Random RandomFor(ScenarioSettings scenario) =>
        Seed is { } seed ? new Random(seed + Scenarios.ToList().IndexOf(scenario)) : new Random();

    /// <summary>Puts code, file and command line together.</summary>
    /// <exception cref="InvalidOperationException">With everything that is wrong.</exception>
    public static SessionSettings From(NBomberContext context, CommandLine command)
    {
        var path = command.ConfigPath ?? context.ConfigPath;
        var file = path is null ? new ConfigFile() : ConfigFile.Read(path);
        var now = DateTime.UtcNow;
        var session = command.SessionId
            ?? string.Create(CultureInfo.InvariantCulture, $"{now:yyyy-MM-dd_HH.mm.ss}_{Guid.NewGuid().ToString("N")[..8]}");
        var stamp = now.ToString("yyyy-MM-dd--HH-mm-ss", CultureInfo.InvariantCulture);
        var formats = file.ReportFormats ?? context.ReportFormats;
        var folder = file.ReportFolder ?? context.ReportFolder ?? Path.Combine("reports", session);
        var settings = new SessionSettings
        {
            SessionId = session,
            TestSuite = command.TestSuite ?? file.TestSuite ?? context.TestSuite,
            TestName = command.TestName ?? file.TestName ?? context.TestName,
            Scenarios = [],
            ReportFormats = formats,
            ReportFolder = folder,
            ReportFileName = file.ReportFileName ?? context.ReportFileName ?? $"nbomber_report_{stamp}",
            ReportingInterval = file.ReportingInterval ?? context.ReportingInterval,
            CompletionTimeout = file.ScenarioCompletionTimeout ?? context.ScenarioCompletionTimeout,
            DisplayConsoleMetrics = command.DisplayConsoleMetrics ?? file.DisplayConsoleMetrics ?? context.DisplayConsoleMetrics,
            LogPath = formats.Count == 0 ? null : Path.Combine(folder, $"nbomber-log-{stamp}.txt"),
        };

        var targets = command.TargetScenarios ?? file.TargetScenarios ?? context.TargetScenarios;
        Validation.Check(context, file, settings, targets);
        return settings with
        {
            Scenarios = [.. Targeted(context.Scenarios, targets).Select(scenario => Of(scenario, file.Of(scenario.ScenarioName)))],
        };
    }

    /// <summary>The scenarios that are to run.</summary>
    public static IEnumerable<ScenarioProps> Targeted(IEnumerable<ScenarioProps> scenarios, IReadOnlyList<string>? targets) =>
        targets is null ? scenarios : scenarios.Where(scenario => targets.Contains(scenario.ScenarioName));

    /// <summary>The load that counts for a scenario.</summary>
    public static IReadOnlyList<LoadSimulation> LoadsOf(ScenarioProps scenario, ScenarioConfig? config) =>
        config?.LoadSimulations ?? scenario.LoadSimulations;

    private static ScenarioSettings Of(ScenarioProps scenario, ScenarioConfig? config)
    {
        var plan = LoadPlan.From(LoadsOf(scenario, config));
        var warmUp = config?.WarmUpDuration ?? scenario.WarmUpDuration;
        return new ScenarioSettings(
            scenario, plan, warmUp is null || warmUp == TimeSpan.Zero || scenario.Run is null ? null : plan.CutAt(warmUp.Value),
            config?.MaxFailCount ?? scenario.MaxFailCount, config?.CustomSettings ?? new ConfigurationBuilder().Build());
    }
}
