using System.Globalization;
using Registry.Client.Connecting;

namespace Registry.Client;

/// <summary>How a client finds and talks to the registry. The section <c>Registry:Client</c> of a configuration binds to it.</summary>
/// <remarks>
/// Clients of one process that name the same servers, in whichever order, and the same identity share one connection, one watch stream, one
/// local view and one lease. What they share is set by the first of them: all options but <see cref="Namespace"/>, <see cref="Zone"/> and
/// <see cref="Balancing"/>.
/// </remarks>
public sealed class RegistryClientOptions
{
    /// <summary>The section of a configuration that binds to these options.</summary>
    public const string SectionName = "Registry:Client";

    /// <summary>
    /// Where the registry answers, such as <c>http://127.0.0.1:7400</c>; several for a cluster. Default: none, which means that address. One
    /// of them is used at a time; it is left for the next when it fails or says goodbye.
    /// </summary>
    public IList<string> Addresses { get; } = [];

    /// <summary>The namespace of names that state none. Default: <c>default</c>.</summary>
    public string Namespace { get; set; } = Watching.TopicName.DefaultNamespace;

    /// <summary>Who asks, for operators: program and version, at most 128 characters. Default: empty, which means the entry assembly's.</summary>
    public string Name { get; set; } = "";

    /// <summary>Where this process runs; instances of the same zone are preferred. Default: empty, no preference.</summary>
    public string Zone { get; set; } = "";

    /// <summary>How calls are spread over instances. Default: <see cref="BalancingPolicy.WeightedRoundRobin"/>.</summary>
    public BalancingPolicy Balancing { get; set; } = BalancingPolicy.WeightedRoundRobin;

    /// <summary>
    /// The deadline of a call to the registry, over all of its attempts, and of the wait for the first view of a topic. Default 5 s; 100 ms to
    /// 5 min. A caller without a registry waits this long and no longer.
    /// </summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a call that fails in passing is tried in all, within <see cref="CallTimeout"/>. Default 4; 1 to 100.</summary>
    public int CallAttempts { get; set; } = 4;

    /// <summary>The shortest wait before something that failed is tried again. Default 100 ms; 1 ms to 1 min.</summary>
    public TimeSpan ShortestRetry { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest such wait, also where a server asks for more. Default 5 s; <see cref="ShortestRetry"/> to 5 min.</summary>
    public TimeSpan LongestRetry { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a watch may be silent before its stream counts as dead. Default 30 s, three times what a server with default options takes; 1 s
    /// to 10 min.
    /// </summary>
    public TimeSpan SignOfLife { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How many topics the local view follows at most. Default 1,000; 1 to 10,000, which is what a server with default options allows. When it
    /// is full, what nobody holds and what was read longest ago makes room; if all are held, another one is refused.
    /// </summary>
    public int MaxTopics { get; set; } = 1_000;

    /// <summary>
    /// How long a topic stays in the local view after nobody holds it and nobody reads it. Default 1 min; 0 (it leaves at once) to 1 day. A
    /// program that makes a new client or channel for each of its requests finds the topic still there.
    /// </summary>
    public TimeSpan IdleTimeToLive { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The same for topics that nobody declares. Default 10 s; 0 to 1 day.</summary>
    public TimeSpan UnknownTimeToLive { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long instances are held as suspect that a registry with a new history does not name: a registry that has lost its state must not
    /// empty the lists of its clients. Default 30 s, twice the default TTL of a lease; 0 (nothing is held) to 1 h. What a history says of an
    /// instance, its deregistration too, is believed at once.
    /// </summary>
    public TimeSpan LossProtection { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Where the last view is kept on disk, to serve, marked stale, when no server answers at the next start. Default: null, nowhere. The
    /// directory is made if it is not there; one that can't be used is logged once, and the client works without.
    /// </summary>
    public string? CacheDirectory { get; set; }

    /// <summary>How often a changed view is written there. Default 10 s; 100 ms to 1 h. It is written on disposal too.</summary>
    public TimeSpan CacheInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the server waits for a renewal of this process's lease. Default 15 s; 1 s to 24 h. It is renewed at a third of it.</summary>
    public TimeSpan LeaseTtl { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How connections are secured where an address begins with https.</summary>
    public RegistryTlsOptions Tls { get; } = new();

    /// <summary>Checks everything, and returns the addresses.</summary>
    /// <exception cref="RegistryConfigurationException">An option is out of range; the message names it, what it is and what it may be.</exception>
    internal IReadOnlyList<ServerAddress> Validate()
    {
        var addresses = new List<ServerAddress>();
        for (var i = 0; i < Addresses.Count; i++)
        {
            addresses.Add(ServerAddress.TryParse(Addresses[i], out var address) ? address : throw new RegistryConfigurationException(
                string.Create(CultureInfo.InvariantCulture, $"{nameof(Addresses)}[{i}]"),
                $"is '{Addresses[i]}', and must be an address such as http://127.0.0.1:7400"));
        }

        if (addresses.Count == 0)
        {
            addresses.Add(ServerAddress.Default);
        }

        NotNull(nameof(Namespace), Namespace);
        NotNull(nameof(Zone), Zone);
        NotNull(nameof(Name), Name);
        if (Name.Length > 128)
        {
            throw new RegistryConfigurationException(nameof(Name), "is longer than 128 characters");
        }

        if (!Enum.IsDefined(Balancing))
        {
            throw new RegistryConfigurationException(nameof(Balancing), $"is {Balancing}, and must be {string.Join(" or ", Enum.GetNames<BalancingPolicy>())}");
        }

        Range(nameof(CallTimeout), CallTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        Range(nameof(CallAttempts), CallAttempts, 1, 100);
        Range(nameof(ShortestRetry), ShortestRetry, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        Range(nameof(LongestRetry), LongestRetry, ShortestRetry, TimeSpan.FromMinutes(5));
        Range(nameof(SignOfLife), SignOfLife, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Range(nameof(MaxTopics), MaxTopics, 1, 10_000);
        Range(nameof(IdleTimeToLive), IdleTimeToLive, TimeSpan.Zero, TimeSpan.FromDays(1));
        Range(nameof(UnknownTimeToLive), UnknownTimeToLive, TimeSpan.Zero, TimeSpan.FromDays(1));
        Range(nameof(LossProtection), LossProtection, TimeSpan.Zero, TimeSpan.FromHours(1));
        Range(nameof(CacheInterval), CacheInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        Range(nameof(LeaseTtl), LeaseTtl, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        return addresses;
    }

    private static void NotNull(string option, string? value)
    {
        if (value is null)
        {
            throw new RegistryConfigurationException(option, "must not be null");
        }
    }

    internal static void Range<T>(string option, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            throw new RegistryConfigurationException(
                option, string.Create(CultureInfo.InvariantCulture, $"is {value}, and must be {least} to {most}"));
        }
    }
}
