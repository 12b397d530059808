using NBomber.Contracts;
using NBomber.Scheduling;

namespace NBomber.Configuration;

/// <summary>Refuses tests that are not well put together, with everything that is wrong in one message.</summary>
internal static class Validation
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeastReportingInterval = TimeSpan.FromSeconds(5);

    // Longer ones can't be waited for by a timer.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    public static void Check(NBomberContext context, ConfigFile file, SessionSettings settings, IReadOnlyList<string>? targets)
    {
        var wrong = new List<string>();
        Names(context.Scenarios, file, targets, wrong);
        foreach (var scenario in SessionSettings.Targeted(context.Scenarios, targets))
            Scenario(scenario, file.Of(scenario.ScenarioName), wrong);
        Settings(settings, wrong);
        if (wrong.Count > 0)
            throw new InvalidOperationException("The test cannot run: " + string.Join(" ", wrong));
    }

    private static void Names(IReadOnlyList<ScenarioProps> scenarios, ConfigFile file, IReadOnlyList<string>? targets, List<string> wrong)
    {
        if (scenarios.Count == 0)
            wrong.Add("No scenario is registered.");
        if (scenarios.Any(scenario => string.IsNullOrWhiteSpace(scenario.ScenarioName)))
            wrong.Add("A scenario has no name.");
        foreach (var name in scenarios.GroupBy(scenario => scenario.ScenarioName).Where(same => same.Count() > 1).Select(same => same.Key))
            wrong.Add($"Scenario '{name}' is registered more than once.");

        var known = scenarios.Select(scenario => scenario.ScenarioName).ToHashSet();
        var names = $"Registered are: {string.Join(", ", known.Order(StringComparer.Ordinal))}.";
        foreach (var name in (targets ?? []).Where(name => !known.Contains(name)))
            wrong.Add($"Target scenario '{name}' is not registered. {names}");
        foreach (var name in file.Scenarios.Keys.Where(name => !known.Contains(name)))
            wrong.Add($"ScenariosSettings names scenario '{name}', which is not registered. {names}");
        if (targets is { Count: 0 })
            wrong.Add("TargetScenarios is empty: no scenario would run.");
    }

    private static void Scenario(ScenarioProps scenario, ScenarioConfig? config, List<string> wrong)
    {
        var loads = SessionSettings.LoadsOf(scenario, config);
        void Refuse(string what) => wrong.Add($"Scenario '{scenario.ScenarioName}': {what}");
        if (loads.Count == 0)
            Refuse("has no load simulation.");
        foreach (var load in loads)
            Load(load, Refuse);
        if (loads.OfType<ClosedLoad>().Any() && loads.OfType<OpenLoad>().Any())
            Refuse("mixes closed load (RampingConstant, KeepConstant) with open load (RampingInject, Inject, InjectRandom).");

        var chosen = scenario.WarmUpChosen || config?.WarmUpDuration is not null;
        var warmUp = config?.WarmUpDuration ?? scenario.WarmUpDuration;
        var duration = new TimeSpan(loads.Sum(load => Math.Clamp(load.During.Ticks, 0, Longest.Ticks)));
        if (chosen && warmUp is not null && warmUp != TimeSpan.Zero && warmUp < Second)
            Refuse($"the warm-up of {warmUp} is shorter than 1 s; use WithoutWarmUp for none.");
        if (chosen && warmUp > duration)
            Refuse($"the warm-up of {warmUp} is longer than the load of {duration}.");
        if ((config?.MaxFailCount ?? scenario.MaxFailCount) < 0)
            Refuse("MaxFailCount is negative.");
    }

    private static void Load(LoadSimulation load, Action<string> refuse)
    {
        if (load.During < Second)
            refuse($"{NameOf(load)}: the duration of {load.During} is shorter than 1 s.");
        if (load.During > Longest)
            refuse($"{NameOf(load)}: the duration of {load.During} is longer than {Longest.Days} days.");
        switch (load)
        {
            case ClosedLoad { Copies: < 0 } closed:
                refuse($"{NameOf(load)}: {closed.Copies} copies are less than none.");
                break;
            case OpenLoad open:
                if (open.MinRate < 0 || open.MaxRate < 0)
                    refuse($"{NameOf(load)}: a rate of {Math.Min(open.MinRate, open.MaxRate)} is less than none.");
                if (open.Shape == OpenShape.Random && open.MinRate >= open.MaxRate)
                    refuse($"{NameOf(load)}: the smallest rate {open.MinRate} is not below the largest, {open.MaxRate}.");
                if (open.Interval <= TimeSpan.Zero)
                    refuse($"{NameOf(load)}: the interval of {open.Interval} is not positive.");
                if (open.Interval > open.During)
                    refuse($"{NameOf(load)}: the interval of {open.Interval} is longer than the duration of {open.During}.");
                break;
        }
    }

    private static void Settings(SessionSettings settings, List<string> wrong)
    {
        if (settings.ReportingInterval < LeastReportingInterval)
            wrong.Add($"The reporting interval of {settings.ReportingInterval} is shorter than {LeastReportingInterval.TotalSeconds} s.");
        if (settings.CompletionTimeout < TimeSpan.Zero || settings.CompletionTimeout > Longest)
            wrong.Add($"The completion timeout of {settings.CompletionTimeout} is not between zero and {Longest.Days} days.");
        if (string.IsNullOrWhiteSpace(settings.TestSuite) || string.IsNullOrWhiteSpace(settings.TestName))
            wrong.Add("The test suite and the test need names.");
        if (string.IsNullOrWhiteSpace(settings.ReportFileName) || settings.ReportFileName.AsSpan().IndexOfAny('/', '\\', '\0') >= 0)
            wrong.Add($"'{settings.ReportFileName}' is no file name: give the folder with WithReportFolder.");
        if (string.IsNullOrWhiteSpace(settings.ReportFolder))
            wrong.Add("The report folder is empty.");
        foreach (var format in settings.ReportFormats.Where(format => !Enum.IsDefined(format)))
            wrong.Add($"{format} is no report format.");
    }

    private static string NameOf(LoadSimulation load) => load switch
    {
        ClosedLoad { Ramps: true } => "RampingConstant",
        ClosedLoad => "KeepConstant",
        OpenLoad { Shape: OpenShape.Ramp } => "RampingInject",
        OpenLoad { Shape: OpenShape.Random } => "InjectRandom",
        OpenLoad => "Inject",
        _ => "Pause",
    };
}
