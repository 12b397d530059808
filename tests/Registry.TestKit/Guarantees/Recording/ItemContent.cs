using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CoreInstance = Registry.Core.Instances.Instance;
using WireInstance = Registry.Protocol.V1.Instance;

namespace Registry.TestKit.Guarantees.Recording;

/// <summary>
/// An item of a topic as recordings write it. The same instance reads the same, whether it was seen on the wire or inside the process:
/// that is how a client's recording and the registry's history can be compared.
/// </summary>
public static class ItemContent
{
    // Enough of a build's id to tell two apart in a test, and to be read.
    private const int BuildLength = 12;

    public static string Of(CoreInstance instance)
    {
        ArgumentNullException.ThrowIfNull(instance);
        var declared = instance.Declaration;
        return Of(
            instance.Revision,
            instance.Incarnation,
            instance.State.ToString(),
            declared.Zone,
            declared.Weight,
            declared.BuildId,
            declared.Endpoints.Select(e => $"{e.Protocol}://{e.Host}:{e.Port}"),
            declared.Metadata);
    }

    public static string Of(WireInstance instance)
    {
        ArgumentNullException.ThrowIfNull(instance);
        return Of(
            instance.Revision,
            instance.Incarnation,
            instance.State.ToString(),
            instance.Zone,
            (int)instance.Weight,
            instance.BuildId,
            instance.Endpoints.Select(e => $"{e.Protocol}://{e.Host}:{e.Port}"),
            instance.Metadata);
    }

    /// <summary>
    /// Takes an instance apart: its revision, its state, and all that remains as one text, which is the same for as long as nobody changes
    /// anything but the state. Null: it is no instance.
    /// </summary>
    public static (long Revision, string State, string Remainder)? Read(string content)
    {
        ArgumentNullException.ThrowIfNull(content);
        return content.Split('@', ' ') is [var revision, var incarnation, var state, var hash]
            && long.TryParse(revision, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? (number, state, $"{incarnation} {hash}")
                : null;
    }

    /// <summary>The builds with which an application serves an interface.</summary>
    public static string OfBuilds(IEnumerable<string> builds) =>
        string.Join(',', builds.Order(StringComparer.Ordinal).Select(id => id.Length > BuildLength ? id[..BuildLength] : id));

    private static string Of(
        long revision,
        long incarnation,
        string state,
        string zone,
        int weight,
        string build,
        IEnumerable<string> endpoints,
        IEnumerable<KeyValuePair<string, string>> metadata)
    {
        var text = new StringBuilder().AppendJoin('\n', zone, weight, build).Append('\n').AppendJoin(' ', endpoints);
        foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            text.Append('\n').Append(key).Append('=').Append(value);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
        return $"{revision}@{incarnation} {state} {hash[..BuildLength]}";
    }
}
