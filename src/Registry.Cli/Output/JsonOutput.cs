using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Registry.Cli.Applying;
using Registry.Cli.Leases;
using Registry.Cli.Listing;
using Registry.Cli.Once;
using Registry.Cli.Registering;
using Registry.Cli.Resolving;
using Registry.Cli.ServerStatus;
using Registry.Cli.Snapshots;
using Registry.Cli.Subscriptions;
using Registry.Cli.Watching;

namespace Registry.Cli.Output;

/// <summary>
/// The shapes that programs read. Fields are added, never renamed or removed; their order is that of the declarations, and
/// lists are sorted, so that two outputs can be compared as text.
/// </summary>
[JsonSerializable(typeof(ResolveJson))]
[JsonSerializable(typeof(InterfacesJson))]
[JsonSerializable(typeof(ApplicationsJson))]
[JsonSerializable(typeof(WatchJson))]
[JsonSerializable(typeof(ApplyJson))]
[JsonSerializable(typeof(OnceJson))]
[JsonSerializable(typeof(DeregisterJson))]
[JsonSerializable(typeof(StateChangeJson))]
[JsonSerializable(typeof(LeasesJson))]
[JsonSerializable(typeof(RevokedJson))]
[JsonSerializable(typeof(SubscriptionsJson))]
[JsonSerializable(typeof(StatusJson))]
[JsonSerializable(typeof(SavedJson))]
[JsonSerializable(typeof(RestoredJson))]
[JsonSerializable(typeof(InspectedJson))]
[JsonSerializable(typeof(VerifiedJson))]
internal sealed partial class JsonOutput : JsonSerializerContext
{
    /// <summary>One object per line.</summary>
    public static JsonOutput Lines { get; } = new(With(indented: false));

    /// <summary>One document.</summary>
    public static JsonOutput Document { get; } = new(With(indented: true));

    public static string Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);

    private static JsonSerializerOptions With(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Read by programs, shown by terminals, never put into a web page: names need no escapes.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = indented,
    };
}
