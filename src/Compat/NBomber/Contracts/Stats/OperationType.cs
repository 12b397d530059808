namespace NBomber.Contracts.Stats;

/// <summary>The parts of a run.</summary>
public enum OperationType
{
    /// <summary>It has not begun.</summary>
    None = 0,

    /// <summary>The init functions run.</summary>
    Init = 1,

    /// <summary>Load whose measurements are dropped.</summary>
    WarmUp = 2,

    /// <summary>Load that counts.</summary>
    Bombing = 3,

    /// <summary>The last iterations end, and the clean functions run.</summary>
    Stop = 4,

    /// <summary>It is over.</summary>
    Complete = 5,

    /// <summary>It could not begin.</summary>
    Error = 6,
}
