using System.Globalization;
using Registry.Cli.Manifest;
using Registry.Cli.Output;
using Registry.Protocol.V1;

namespace Registry.Cli.Watching;

/// <summary>One field of an instance that is not as it was.</summary>
/// <param name="Field">Its name in JSON.</param>
/// <param name="Before">What it was, for a reader.</param>
/// <param name="After">What it is.</param>
internal sealed record InstanceDifference(string Field, string Before, string After)
{
    /// <summary>What a consumer would see differently. The revision alone differs in every change and is not told.</summary>
    public static IEnumerable<InstanceDifference> Between(Instance before, Instance after)
    {
        (string Field, string Before, string After)[] fields =
        [
            ("state", StateName.Of(before.State), StateName.Of(after.State)),
            ("zone", before.Zone, after.Zone),
            ("weight", Text(before.Weight), Text(after.Weight)),
            ("buildId", before.BuildId, after.BuildId),
            ("incarnation", Text(before.Incarnation), Text(after.Incarnation)),
            ("endpoints", Text(before.Endpoints), Text(after.Endpoints)),
            ("metadata", Text(before.Metadata), Text(after.Metadata)),
            ("holder", before.Holder, after.Holder),
        ];
        return fields
            .Where(field => field.Before != field.After)
            .Select(field => new InstanceDifference(field.Field, field.Before, field.After));
    }

    /// <summary>All of them on one line, such as <c>state UP -> DRAINING; zone none -> eu-1a</c>.</summary>
    public static string Describe(IEnumerable<InstanceDifference> differences) =>
        string.Join("; ", differences.Select(d => $"{d.Field} {Shown(d.Before)} -> {Shown(d.After)}"));

    private static string Shown(string value) => value.Length == 0 ? "none" : value;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(IEnumerable<Endpoint> endpoints) => string.Join(',', endpoints.Select(EndpointText.Format));

    private static string Text(IEnumerable<KeyValuePair<string, string>> metadata) =>
        string.Join(',', metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));
}
