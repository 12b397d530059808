namespace Registry.Client.Resolving;

/// <summary>Where an instance stands, as far as this client knows.</summary>
public enum InstanceStatus
{
    /// <summary>Takes calls.</summary>
    Up,

    /// <summary>Finishes what it has; new calls go elsewhere while another instance takes them.</summary>
    Draining,

    /// <summary>
    /// Doubtful: its lease is overdue, and the registry protects it; or it is held by this client (see <see cref="ServiceInstance.IsHeld"/>).
    /// Gets calls when nothing better is there.
    /// </summary>
    Suspect,

    /// <summary>Listed, and never called.</summary>
    Down,
}
