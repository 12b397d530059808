namespace NBomber.Contracts;

/// <summary>Something that a response brought; where it brought nothing there is null. Immutable.</summary>
/// <remarks>Do not name this type: it is F#'s option in the package.</remarks>
public sealed record Payload<T>
{
    internal Payload(T value) => Value = value;

    /// <summary>What it brought.</summary>
    public T Value { get; }
}
