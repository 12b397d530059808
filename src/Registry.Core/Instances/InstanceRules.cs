using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using Registry.Core.Naming;

namespace Registry.Core.Instances;

/// <summary>Which instances the registry takes. Stated for clients in protos/registry/v1/model.proto.</summary>
internal static class InstanceRules
{
    public const int MaxEndpoints = 16;
    public const int MaxMetadata = 64;
    public const int MaxMetadataKeyLength = 128;
    public const int MaxMetadataValueBytes = 4_096;
    public const int MaxInstanceSize = 16 * 1024;
    public const int BuildIdLength = 64;

    private static readonly SearchValues<char> MetadataKeyCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/");

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    public static RegistryError? Check(InstanceDeclaration instance) =>
        NameRules.CheckInstanceId("id", instance.Id)
        ?? CheckEndpoints("endpoints", instance.Endpoints, min: 1)
        ?? CheckZone("zone", instance.Zone)
        ?? CheckWeight("weight", instance.Weight)
        ?? CheckMetadata("metadata", instance.Metadata.AsSpan())
        ?? CheckBuildId("build_id", instance.BuildId)
        ?? CheckSize(instance);

    /// <summary>About how many bytes the instance takes on the wire and in a log.</summary>
    public static int SizeOf(InstanceDeclaration instance)
    {
        var size = 64 + instance.Id.Length + instance.Zone.Length + instance.BuildId.Length;
        foreach (var endpoint in instance.Endpoints)
            size += endpoint.Protocol.Length + endpoint.Host.Length + 12;
        foreach (var (key, value) in instance.Metadata)
            size += key.Length + Encoding.UTF8.GetByteCount(value) + 8;
        return size;
    }

    public static RegistryError? CheckSize(InstanceDeclaration instance) =>
        SizeOf(instance) is var size && size > MaxInstanceSize
            ? RegistryError.Invalid("", $"has about {size} bytes in all; at most {MaxInstanceSize} are allowed")
            : null;

    public static RegistryError? CheckEndpoints(string field, ImmutableArray<EndpointAddress> endpoints, int min)
    {
        if (endpoints.Length < min || endpoints.Length > MaxEndpoints)
            return RegistryError.Invalid(field, $"has {endpoints.Length} items; {min} to {MaxEndpoints} are allowed");
        for (var i = 0; i < endpoints.Length; i++)
        {
            if (EndpointRules.Check(endpoints[i]) is { } bad)
                return bad.At($"{field}[{i}]");
            if (endpoints.IndexOf(endpoints[i]) < i)
                return RegistryError.Invalid($"{field}[{i}]", "is listed twice");
        }

        return null;
    }

    public static RegistryError? CheckZone(string field, string zone) => zone.Length == 0 ? null : NameRules.CheckName(field, zone);

    public static RegistryError? CheckWeight(string field, int weight) =>
        weight is < 0 or > InstanceDeclaration.MaxWeight
            ? RegistryError.Invalid(field, $"is {weight}; 0 to {InstanceDeclaration.MaxWeight} are allowed")
            : null;

    public static RegistryError? CheckMetadata(string field, ReadOnlySpan<KeyValuePair<string, string>> metadata)
    {
        if (metadata.Length > MaxMetadata)
            return RegistryError.Invalid(field, $"has {metadata.Length} pairs; at most {MaxMetadata} are allowed");
        foreach (var (key, value) in metadata)
        {
            if (CheckMetadataKey(field, key) is { } badKey)
                return badKey;
            if (TextRules.Check("", value, MaxMetadataValueBytes) is { } badValue)
                return badValue.At($"{field}[{key}]");
        }

        return null;
    }

    public static RegistryError? CheckMetadataKey(string field, string key)
    {
        if (key.Length is 0 or > MaxMetadataKeyLength)
            return RegistryError.Invalid(field, $"has a key of {key.Length} characters; 1 to {MaxMetadataKeyLength} are allowed");
        var strange = key.AsSpan().IndexOfAnyExcept(MetadataKeyCharacters);
        return strange < 0
            ? null
            : RegistryError.Invalid(field, $"has a key with {TextRules.Describe(key[strange])} at position {strange}; allowed are letters, digits, '.', '_', '-', '/'");
    }

    public static RegistryError? CheckBuildId(string field, string buildId) =>
        buildId.Length == 0 || (buildId.Length == BuildIdLength && !buildId.AsSpan().ContainsAnyExcept(HexDigits))
            ? null
            : RegistryError.Invalid(field, $"is not a build id: {BuildIdLength} lower-case hex digits");

    /// <summary>Null: all of a request's items name different instances.</summary>
    public static RegistryError? CheckDifferent<T>(ImmutableArray<T> items, Func<T, string> idOf)
    {
        if (items.Length < 2)
            return null;
        var seen = new HashSet<string>(items.Length, StringComparer.Ordinal);
        for (var i = 0; i < items.Length; i++)
        {
            if (!seen.Add(idOf(items[i])))
                return RegistryError.Invalid($"instances[{i}].id", "stands twice in the request");
        }

        return null;
    }
}
