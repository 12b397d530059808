namespace NBomber.Contracts;

/// <summary>In which part of the run a scenario is.</summary>
/// <remarks>Compare names, never numbers: the versions number them differently.</remarks>
public enum ScenarioOperation
{
    /// <summary>The init function runs.</summary>
    Init = 0,

    /// <summary>The clean function runs.</summary>
    Clean = 1,

    /// <summary>Load whose measurements are dropped.</summary>
    WarmUp = 2,

    /// <summary>Load that counts.</summary>
    Bombing = 3,
}
