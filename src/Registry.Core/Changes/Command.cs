using Registry.Core.Instances;
using Registry.Core.Naming;

namespace Registry.Core.Changes;

/// <summary>
/// A wish to change one application. Immutable. What depends on the command alone is checked by <see cref="Validate"/>, before any
/// lock; what depends on the application is decided by <see cref="Decide"/>, under its stripe.
/// </summary>
public abstract class Command
{
    /// <summary>Instances that one command may name.</summary>
    public const int MaxInstances = 64;

    /// <summary>Builds that one command may name.</summary>
    public const int MaxBuilds = 64;

    /// <summary>The size of one command in bytes, as the log would hold it, about.</summary>
    public const int MaxSize = 1024 * 1024;

    private int _size;

    private protected Command(QualifiedName application, string owner)
    {
        Application = application;
        Owner = owner;
    }

    /// <summary>The one application that the command changes.</summary>
    public QualifiedName Application { get; }

    /// <summary>The identity that wishes; empty: the anonymous one.</summary>
    public string Owner { get; }

    /// <summary>About how many bytes a log needs for what the command may change.</summary>
    internal int Size => _size > 0 ? _size : _size = Measure();

    /// <summary>Checks what depends on the command alone. Null: fine.</summary>
    internal virtual RegistryError? Validate() =>
        NameRules.CheckTopic(Topic.OfApplication(Application), "namespace", "application")
        ?? (Size > MaxSize
            ? new RegistryError(ErrorKind.ResourceExhausted, ErrorReasons.LimitChangeSize, $"the change has about {Size} bytes; at most {MaxSize} are allowed")
            : null);

    /// <summary>
    /// Decides. Reads the snapshot and the words of leases, changes nothing, waits for nothing: it runs under a stripe's lock.
    /// </summary>
    internal abstract Decision Decide(ApplicationSnapshot current, DecisionContext context);

    /// <summary>What <see cref="Size"/> is; above zero.</summary>
    private protected virtual int Measure() => Application.Namespace.Length + Application.Name.Length + 64;

    private protected static RegistryError? CheckCount(string field, int count, int min, int max) =>
        count < min || count > max ? RegistryError.Invalid(field, $"has {count} items; {min} to {max} are allowed") : null;

    private protected RegistryError? CheckOwner(Instance instance) => instance.Owner == Owner ? null : RegistryError.OwnerMismatch("");
}
