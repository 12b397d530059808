namespace Registry.Core.Instances;

/// <summary>What the owner of an instance declares of it.</summary>
public enum DeclaredState : byte
{
    /// <summary>Takes calls.</summary>
    Up,

    /// <summary>Finishes what it has; new calls go elsewhere.</summary>
    Draining,

    /// <summary>Listed, and takes no calls.</summary>
    Down,
}

/// <summary>What consumers see: what the owner declares, and what the registry thinks of the lease.</summary>
public enum InstanceState : byte
{
    /// <summary>Takes calls.</summary>
    Up,

    /// <summary>Finishes what it has; new calls go elsewhere.</summary>
    Draining,

    /// <summary>Declared up, but its lease is overdue and protected: use it when nothing better is there.</summary>
    Suspect,

    /// <summary>Listed, and takes no calls.</summary>
    Down,
}
