using System.Text.Json;
using System.Text.Json.Serialization;

namespace Registry.TestKit.Guarantees.Recording;

/// <summary>What a client saw or did.</summary>
public enum ObservationKind
{
    /// <summary>It opened a stream: with a token (Epoch, To) or without, with Held, with Subscriptions.</summary>
    Open,

    /// <summary>It asked for a topic, under Id.</summary>
    Subscribe,

    /// <summary>It asked to end subscription Id.</summary>
    Unsubscribe,

    /// <summary>It asked for a snapshot of a topic.</summary>
    RequestSnapshot,

    /// <summary>It stopped reading: from here nothing can be demanded of how soon something comes.</summary>
    Pause,

    /// <summary>It reads again.</summary>
    Read,

    /// <summary>It was told the whole of a topic as of To.</summary>
    Snapshot,

    /// <summary>It was told a step of a topic, (From, To].</summary>
    Delta,

    /// <summary>Subscription Id has begun.</summary>
    Subscribed,

    /// <summary>Subscription Id has ended as asked.</summary>
    Unsubscribed,

    /// <summary>The server has ended subscription Id.</summary>
    SubscriptionEnded,

    /// <summary>A topic is no longer followed.</summary>
    Dropped,

    /// <summary>A batch has ended, at (Epoch, To).</summary>
    Sync,

    /// <summary>The stream has ended, by either side.</summary>
    End,
}

/// <summary>
/// One thing that a client of a watch saw or did, in words of the protocol alone: a recording may come from inside the process, from a
/// socket, or from a file that a load generator left. Immutable; one line of JSON.
/// </summary>
public sealed record Observation
{
    // What is not set is not written: most observations use three or four of the fields.
    private static readonly JsonSerializerOptions Lines = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The stream. Never used twice in a recording.</summary>
    public required string Stream { get; init; }

    /// <summary>When, in milliseconds of the recorder's monotonic clock.</summary>
    public long At { get; init; }

    /// <summary>What.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required ObservationKind Kind { get; init; }

    /// <summary>The topic, as <see cref="TopicName"/> writes it.</summary>
    public string? Topic { get; init; }

    /// <summary>The subscription.</summary>
    public ulong Id { get; init; }

    /// <summary>Of Sync, and of Open with a token: the history that To belongs to.</summary>
    public string? Epoch { get; init; }

    /// <summary>Of a delta.</summary>
    public long From { get; init; }

    /// <summary>Of a topic message: what it brings the topic to. Of Sync and Open: the revision.</summary>
    public long To { get; init; }

    /// <summary>Of a snapshot: the registry knows nothing of the topic.</summary>
    public bool IsAbsent { get; init; }

    /// <summary>Of a topic message: what it upserts, by name, as <see cref="ItemContent"/> writes it.</summary>
    public IReadOnlyDictionary<string, string>? Items { get; init; }

    /// <summary>Of a delta: the names that it removes.</summary>
    public IReadOnlyList<string>? Removed { get; init; }

    /// <summary>Of Open: the topics held at the token.</summary>
    public IReadOnlyList<string>? Held { get; init; }

    /// <summary>Of Open: the first subscriptions.</summary>
    public IReadOnlyDictionary<ulong, string>? Subscriptions { get; init; }

    /// <summary>Of End and SubscriptionEnded.</summary>
    public string? Reason { get; init; }

    /// <summary>Reads what <see cref="ToLine"/> wrote.</summary>
    public static Observation Parse(string line) =>
        JsonSerializer.Deserialize<Observation>(line, Lines) ?? throw new FormatException($"not an observation: {line}");

    /// <summary>One line of text without its end.</summary>
    public string ToLine() => JsonSerializer.Serialize(this, Lines);

    /// <inheritdoc/>
    public override string ToString() => ToLine();
}
