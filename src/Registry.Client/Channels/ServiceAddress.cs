using Registry.Client.Watching;

namespace Registry.Client.Channels;

/// <summary>
/// What a <c>registry:</c> address names: <c>registry:///orders</c> and <c>registry:///application/orders</c> an application,
/// <c>registry:///interface/orders.v1.OrderService</c> an interface; with <c>?namespace=</c> and <c>?protocol=</c> where the defaults do
/// not fit.
/// </summary>
/// <param name="Topic">What is followed.</param>
/// <param name="Protocol">The endpoints that are called; default <c>grpc</c>.</param>
internal sealed record ServiceAddress(TopicName Topic, string Protocol)
{
    public const string Scheme = "registry";

    private const string DefaultProtocol = "grpc";

    /// <exception cref="RegistryConfigurationException">It is not an address of this form; the message says what is wrong with it.</exception>
    public static ServiceAddress Parse(Uri address, string defaultNamespace)
    {
        RegistryConfigurationException Wrong(string problem) =>
            new($"the address '{address.OriginalString}'", $"{problem}; expected registry:///orders or registry:///interface/orders.v1.OrderService");

        if (address.Host.Length > 0 || address.UserInfo.Length > 0)
        {
            throw Wrong($"names the host '{address.Host}', and the registry's own addresses are options of the client: write three slashes");
        }

        if (address.Fragment.Length > 0)
        {
            throw Wrong("has a fragment");
        }

        var parts = address.AbsolutePath.TrimStart('/').Split('/').Select(Uri.UnescapeDataString).ToArray();
        var (kind, name) = parts switch
        {
            [var only] => (TopicKind.Application, only),
            ["application", var second] => (TopicKind.Application, second),
            ["interface", var second] => (TopicKind.Interface, second),
            [var first, _] => throw Wrong($"has '{first}' where application or interface belongs"),
            _ => throw Wrong("has too many parts"),
        };
        if (name.Length == 0)
        {
            throw Wrong("has no name");
        }

        var (space, protocol) = (defaultNamespace, DefaultProtocol);
        foreach (var pair in address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var (key, value) = equals < 0 ? (pair, "") : (pair[..equals], Uri.UnescapeDataString(pair[(equals + 1)..]));
            if (value.Length == 0)
            {
                throw Wrong($"has '{key}' without a value");
            }

            switch (key)
            {
                case "namespace":
                    space = value;
                    break;
                case "protocol":
                    protocol = value;
                    break;
                default:
                    throw Wrong($"has an unknown part '{key}'");
            }
        }

        return new ServiceAddress(
            kind == TopicKind.Interface ? TopicName.Interface(space, name) : TopicName.Application(space, name), protocol);
    }
}
