using System.Runtime.CompilerServices;
using Grpc.Core;
using Registry.Client.Connecting;
using Registry.Protocol.V1;

namespace Registry.Client.Resolving;

/// <summary>Reads the names of a namespace, a page at a time, as far as somebody reads on.</summary>
internal static class NameListing
{
    private const uint PageSize = 1_000;

    public static IAsyncEnumerable<string> InterfacesAsync(
        Discovery.DiscoveryClient client, string @namespace, string prefix, CancellationToken cancellationToken) =>
        ReadAsync("interfaces", async (token, ending) =>
        {
            var page = await client.ListInterfacesAsync(
                new ListInterfacesRequest { Namespace = @namespace, Prefix = prefix, PageSize = PageSize, PageToken = token },
                cancellationToken: ending).ConfigureAwait(false);
            return (page.Interfaces.Select(item => item.Name), page.NextPageToken);
        }, cancellationToken);

    public static IAsyncEnumerable<string> ApplicationsAsync(
        Discovery.DiscoveryClient client, string @namespace, string prefix, CancellationToken cancellationToken) =>
        ReadAsync("applications", async (token, ending) =>
        {
            var page = await client.ListApplicationsAsync(
                new ListApplicationsRequest { Namespace = @namespace, Prefix = prefix, PageSize = PageSize, PageToken = token },
                cancellationToken: ending).ConfigureAwait(false);
            return (page.Applications.Select(item => item.Name), page.NextPageToken);
        }, cancellationToken);

    private static async IAsyncEnumerable<string> ReadAsync(
        string what,
        Func<string, CancellationToken, Task<(IEnumerable<string> Names, string Next)>> read,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = "";
        do
        {
            IEnumerable<string> names;
            try
            {
                (names, next) = await read(next, cancellationToken).ConfigureAwait(false);
            }
            catch (RpcException failure)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw RegistryException.From($"the {what} can't be listed", RegistryFault.From(failure), failure);
            }

            foreach (var name in names)
            {
                yield return name;
            }
        }
        while (next.Length > 0);
    }
}
