using Microsoft.Extensions.Configuration;
using NBomber.Contracts;
using NBomber.Contracts.Stats;

namespace NBomber.Running;

internal sealed record InitContext(TestInfo TestInfo, NodeInfo NodeInfo, IConfiguration CustomSettings, ILogger Logger)
    : IScenarioInitContext;
