using Microsoft.Extensions.Configuration;
using NBomber.Contracts;
using NBomber.Scheduling;

namespace NBomber.Configuration;

/// <summary>A scenario as it will run: what the code, the file and the command line say, in one.</summary>
internal sealed record ScenarioSettings(
    ScenarioProps Scenario, LoadPlan Plan, LoadPlan? WarmUpPlan, int MaxFailCount, IConfiguration CustomSettings);
