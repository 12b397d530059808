namespace Registry.TestKit.Linearizability;

/// <summary>Something that a client did, with the time at which it called and the time at which it had its answer.</summary>
/// <typeparam name="T">What was done and what was answered.</typeparam>
/// <param name="What">What was done and what was answered.</param>
/// <param name="Call">Before it was sent.</param>
/// <param name="Return">After the answer had come; <see cref="Never"/>: no answer came, so it may take effect at any later time, or never.</param>
/// <param name="Client">Who did it.</param>
public sealed record Operation<T>(T What, long Call, long Return, int Client = 0)
{
    /// <summary>The time of an answer that does not come.</summary>
    public const long Never = long.MaxValue;

    /// <summary>No answer came: the outcome is not known.</summary>
    public bool IsUnknown => Return == Never;

    /// <inheritdoc/>
    public override string ToString() => $"client {Client} [{Call}..{(IsUnknown ? "" : Return)}] {What}";
}
