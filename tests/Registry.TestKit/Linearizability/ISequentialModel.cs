namespace Registry.TestKit.Linearizability;

/// <summary>What a thing does when everything happens one after the other. Pure.</summary>
/// <typeparam name="TState">Immutable; equal states are equal objects.</typeparam>
/// <typeparam name="T">What is done and what is answered.</typeparam>
public interface ISequentialModel<TState, T>
    where TState : notnull, IEquatable<TState>
{
    /// <summary>Before the first operation.</summary>
    TState Initial { get; }

    /// <summary>It changes nothing: an answer that never came says nothing either.</summary>
    bool IsRead(T what);

    /// <summary>
    /// The states in which the operation, with the answer that it got, can leave this state. None: it can't have happened here. Several:
    /// the answer leaves it open which (of an operation without an answer, any answer will do).
    /// </summary>
    IEnumerable<TState> Step(TState state, Operation<T> operation);
}
