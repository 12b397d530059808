using Microsoft.Extensions.Configuration;
using NBomber.Contracts.Stats;

namespace NBomber.Contracts;

/// <summary>What a scenario's init and clean functions know.</summary>
public interface IScenarioInitContext
{
    /// <summary>About the test.</summary>
    TestInfo TestInfo { get; }

    /// <summary>About this process and machine.</summary>
    NodeInfo NodeInfo { get; }

    /// <summary>The scenario's <c>CustomSettings</c> from the JSON configuration; empty when there are none.</summary>
    IConfiguration CustomSettings { get; }

    /// <summary>The log of the run.</summary>
    ILogger Logger { get; }
}
