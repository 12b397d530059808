namespace Registry.Client;

/// <summary>How calls are spread over the instances of a topic, within the zone that is preferred.</summary>
public enum BalancingPolicy
{
    /// <summary>Each instance gets its weight's share, evenly spread over time.</summary>
    WeightedRoundRobin,

    /// <summary>
    /// Two are drawn by weight, and the one with fewer open calls for its weight is taken (Mitzenmacher's two choices): avoids an instance
    /// that has become slow, which round robin keeps feeding.
    /// </summary>
    PowerOfTwoChoices,
}
