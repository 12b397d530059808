using Registry.Core.Naming;

namespace Registry.Core.Leases;

/// <summary>How a lease lost an instance that it did not remove itself.</summary>
public enum LossCause
{
    /// <summary>Another lease registered it, or a holder.</summary>
    TakenOver,

    /// <summary>Somebody deregistered it.</summary>
    Deregistered,
}

/// <summary>An instance that a lease once held and holds no more.</summary>
/// <param name="Application">The instance's application.</param>
/// <param name="InstanceId">Its id.</param>
/// <param name="Incarnation">The incarnation that was lost.</param>
/// <param name="Cause">How.</param>
public sealed record LostInstance(QualifiedName Application, string InstanceId, long Incarnation, LossCause Cause);
