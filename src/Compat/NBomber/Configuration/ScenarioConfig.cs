using Microsoft.Extensions.Configuration;
using NBomber.Contracts;

namespace NBomber.Configuration;

/// <summary>What a configuration file says about a scenario; null where it says nothing.</summary>
internal sealed record ScenarioConfig(
    TimeSpan? WarmUpDuration, IReadOnlyList<LoadSimulation>? LoadSimulations, int? MaxFailCount, IConfiguration? CustomSettings);
