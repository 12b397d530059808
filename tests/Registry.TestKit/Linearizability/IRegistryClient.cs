namespace Registry.TestKit.Linearizability;

/// <summary>
/// A registry as a history's clients call it. What answers may be the core, a server, or a double that lies: the doubles are how the
/// checker is shown to see something. Thread safe.
/// </summary>
public interface IRegistryClient
{
    /// <summary>Does what is asked of one instance (by its number in the history) and returns it with the answer.</summary>
    RegistryOperation Do(int instance, RegistryOperation asked);

    /// <summary>Takes a lease and returns its index: 0, 1, 2, ...</summary>
    int Grant();

    /// <summary>Whether a lease has ended. Asked by whoever drives the registry's time alone.</summary>
    bool HasEnded(int lease);

    /// <summary>Lets time pass; what ends by it has ended when this returns.</summary>
    void Advance(TimeSpan by);

    /// <summary>The registry's clock, in ticks.</summary>
    long Clock { get; }
}
