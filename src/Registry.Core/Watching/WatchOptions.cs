namespace Registry.Core.Watching;

/// <summary>Streams of changes.</summary>
public sealed class WatchOptions
{
    /// <summary>
    /// A Sync comes at least this often, with nothing in its batch and even with the same revision. Default 10 s; 100 ms to
    /// 10 min. Clients take three times this without a Sync for a dead connection.
    /// </summary>
    public TimeSpan BookmarkInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A stream whose client does not take what was sent for this long is reset; it may resume. Default 30 s; 100 ms to 1 h.
    /// </summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Topics that one stream follows, those that come with interfaces included; and subscriptions that it has. Default 10,000; 1 to
    /// 1,000,000.
    /// </summary>
    public int TopicsPerStream { get; set; } = 10_000;

    /// <summary>
    /// How many bytes of deltas are kept for streams that lag or come back, over all topics, about. What is older than fits is answered
    /// with a snapshot. Default 64 MiB; 0 (streams that keep up still get deltas) to 16 GiB.
    /// </summary>
    public long WindowBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>
    /// How long the deltas of a topic that nobody watches any more are still kept, for those who come back. Default 2 min; 0 to 1 h.
    /// </summary>
    public TimeSpan WindowRetention { get; set; } = TimeSpan.FromMinutes(2);

    internal void Validate(List<string> errors)
    {
        RegistryOptions.CheckRange(errors, "Watching:BookmarkInterval", BookmarkInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        RegistryOptions.CheckRange(errors, "Watching:StallTimeout", StallTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        RegistryOptions.CheckRange(errors, "Watching:WindowBytes", WindowBytes, 0, 16L * 1024 * 1024 * 1024);
        RegistryOptions.CheckRange(errors, "Watching:WindowRetention", WindowRetention, TimeSpan.Zero, TimeSpan.FromHours(1));
        RegistryOptions.CheckRange(errors, "Watching:TopicsPerStream", TopicsPerStream, 1, 1_000_000);
    }
}
