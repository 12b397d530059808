using Registry.Core.Instances;

namespace Registry.Core.Changes.Commands;

/// <summary>An instance that a command means.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Incarnation">The life of it that is meant; 0: whichever is there.</param>
public readonly record struct InstanceRef(string Id, long Incarnation)
{
    internal RegistryError? Validate() =>
        Naming.NameRules.CheckInstanceId("id", Id) ?? (Incarnation < 0 ? RegistryError.Invalid("incarnation", "is negative") : null);

    /// <summary>Refuses to touch a later life of the same id than the caller knows.</summary>
    internal RegistryError? CheckIncarnation(Instance instance) =>
        Incarnation != 0 && Incarnation < instance.Incarnation
            ? new RegistryError(
                ErrorKind.FailedPrecondition,
                ErrorReasons.IncarnationSuperseded,
                $"incarnation: is {Incarnation}, and another lease or holder has taken {Id} over at {instance.Incarnation}; do not register it again",
                "incarnation")
            : null;

    /// <summary>The life that is meant is the one that is there.</summary>
    internal bool Means(Instance instance) => Incarnation == 0 || Incarnation == instance.Incarnation;
}
