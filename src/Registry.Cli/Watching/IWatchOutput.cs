using Registry.Client.Watching;

namespace Registry.Cli.Watching;

/// <summary>Shows what a watch tells. One call at a time.</summary>
internal interface IWatchOutput
{
    /// <summary>What is known has changed.</summary>
    /// <param name="view">All that is known now.</param>
    /// <param name="changed">The topics that say something else than before.</param>
    Task ShowAsync(RegistryView view, IEnumerable<TopicName> changed);

    /// <summary>Something about the watch itself that a reader should know: it was interrupted, it goes on.</summary>
    Task TellAsync(string message);
}

/// <summary>How a watch ended.</summary>
/// <param name="ExitCode">The code.</param>
/// <param name="Error">What to say of it, when nothing is drawn any more; null: nothing.</param>
internal sealed record WatchEnd(int ExitCode, string? Error = null);
