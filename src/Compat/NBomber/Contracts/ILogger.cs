namespace NBomber.Contracts;

/// <summary>
/// The log of the run: a file beside the reports; warnings and errors reach the terminal too. Templates name their arguments in braces:
/// <c>"lost {Count} of {Total}"</c>. Thread-safe, never blocks; lines beyond what the disk takes are dropped and counted.
/// </summary>
/// <remarks>Do not name this type: it is Serilog's in the package, of which this is a small part.</remarks>
public interface ILogger
{
    /// <summary>For whoever looks for the cause of something.</summary>
    void Debug(string messageTemplate, params object?[] propertyValues);

    /// <summary>Something that is as it should be.</summary>
    void Information(string messageTemplate, params object?[] propertyValues);

    /// <summary>Something that may spoil the numbers.</summary>
    void Warning(string messageTemplate, params object?[] propertyValues);

    /// <summary>Something that went wrong.</summary>
    void Error(string messageTemplate, params object?[] propertyValues);

    /// <summary>An exception, and what it spoiled.</summary>
    void Error(Exception exception, string messageTemplate, params object?[] propertyValues);
}
