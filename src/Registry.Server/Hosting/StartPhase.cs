namespace Registry.Server.Hosting;

/// <summary>Whether the server is still starting.</summary>
internal sealed class StartPhase
{
    private volatile bool _over;

    /// <summary>The start has succeeded.</summary>
    public void End() => _over = true;

    /// <summary>
    /// The log levels that the framework may use. During the start no plain errors: whoever starts the host gets the exception.
    /// A background service that dies in that time is logged as critical and passes.
    /// </summary>
    public bool Passes(LogLevel level) => level >= (_over ? LogLevel.Warning : LogLevel.Critical);
}
