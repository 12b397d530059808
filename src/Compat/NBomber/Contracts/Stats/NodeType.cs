namespace NBomber.Contracts.Stats;

/// <summary>The part that a process has in a test.</summary>
public enum NodeType
{
    /// <summary>It makes all the load.</summary>
    SingleNode = 0,

    /// <summary>It leads others.</summary>
    Coordinator = 1,

    /// <summary>It is led.</summary>
    Agent = 2,
}
