using System.Globalization;
using System.Text.RegularExpressions;
using Registry.Cli.Output;
using Registry.Client.Connecting;
using Registry.Client.Leases;

namespace Registry.Cli.Manifest;

/// <summary>Where an application stands in what the user wrote: the server names fields of its request, whoever wrote it looks there.</summary>
/// <param name="index">The application's place in a manifest; null: it was written as arguments, with one instance.</param>
/// <param name="manifest">The application.</param>
internal sealed partial class ManifestPlace(int? index, ApplicationManifest manifest)
{
    /// <summary>The same fault, with the path of what the user wrote.</summary>
    /// <param name="fault">As the server worded it.</param>
    /// <param name="sent">The ids of the instances of the request, in its order.</param>
    public RegistryFault Locate(RegistryFault fault, IReadOnlyList<string> sent)
    {
        var path = index is { } place ? string.Create(CultureInfo.InvariantCulture, $"applications[{place}]") : "";
        if (fault.Field == "application")
        {
            path += index is null ? "application" : ".name";
        }
        else if (fault.Field is "namespace" or "holder")
        {
            path = fault.Field;
        }
        else if (ListItem().Match(fault.Field) is { Success: true } item)
        {
            var at = int.Parse(item.Groups["index"].ValueSpan, CultureInfo.InvariantCulture);
            path += item.Groups["list"].Value == "builds" ? PathOfBuild(at) : PathOfInstance(sent, at, item.Groups["rest"].Value);
        }

        return fault with { Field = path, Message = ErrorLine.WithoutField(fault.Message, fault.Field) };
    }

    private string PathOfInstance(IReadOnlyList<string> sent, int at, string rest)
    {
        if (index is null)
        {
            return rest.TrimStart('.');
        }

        if (at >= sent.Count)
        {
            return ".instances";
        }

        var place = manifest.Instances.Select(static instance => instance.Id).ToList().IndexOf(sent[at]);
        return string.Create(CultureInfo.InvariantCulture, $".instances[{place}]{rest}");
    }

    // More than one request of builds: the index is of one of them, and which one is not known here.
    private string PathOfBuild(int at) => index is null ? "interface"
        : at < manifest.BuildNames.Length && manifest.BuildNames.Length <= LeasedApplication.MaxPerRequest ? $".builds['{manifest.BuildNames[at]}']"
        : ".builds";

    [GeneratedRegex(@"^(?<list>instances|builds)\[(?<index>[0-9]{1,6})\](?<rest>.*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex ListItem();
}
