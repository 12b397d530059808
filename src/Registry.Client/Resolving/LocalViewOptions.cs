using System.Reflection;
using Registry.Client.Watching;

namespace Registry.Client.Resolving;

/// <summary>The part of the client's options that the local view lives by; see <see cref="RegistryClientOptions"/>.</summary>
internal sealed record LocalViewOptions(
    int MaxTopics,
    TimeSpan IdleTimeToLive,
    TimeSpan UnknownTimeToLive,
    TimeSpan LossProtection,
    TimeSpan CacheInterval,
    WatchOptions Watch)
{
    private static readonly TimeSpan ShortestSweep = TimeSpan.FromSeconds(1);

    /// <summary>How often the view looks for what has grown old: a quarter of the shortest time that it looks for, at least 1 s.</summary>
    public TimeSpan SweepInterval
    {
        get
        {
            var shortest = new[] { IdleTimeToLive, UnknownTimeToLive, LossProtection }.Where(time => time > TimeSpan.Zero)
                .DefaultIfEmpty(TimeSpan.FromMinutes(1)).Min() / 4;
            return shortest > ShortestSweep ? shortest : ShortestSweep;
        }
    }

    public long ProtectionTicks(TimeProvider time) => (long)(LossProtection.TotalSeconds * time.TimestampFrequency);

    public static LocalViewOptions Of(RegistryClientOptions options) => new(
        options.MaxTopics,
        options.IdleTimeToLive,
        options.UnknownTimeToLive,
        options.LossProtection,
        options.CacheInterval,
        new WatchOptions
        {
            Client = options.Name.Length > 0 ? options.Name : ProgramName(),
            SignOfLife = options.SignOfLife,
            ShortestRetry = options.ShortestRetry,
            LongestRetry = options.LongestRetry,
        });

    private static string ProgramName() => Assembly.GetEntryAssembly()?.GetName() is { } program ? $"{program.Name}/{program.Version?.ToString(3)}" : "";
}
