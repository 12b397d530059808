using Registry.Client.Connecting;
using Registry.Protocol.V1;

namespace Registry.Cli.Reading;

/// <summary>The names of a namespace, however many pages they take.</summary>
internal static class ListedApplications
{
    private const uint PageSize = 1000;

    public static async Task<List<ListApplicationsResponse.Types.Item>> ReadAsync(
        RegistryConnection connection, string @namespace, string prefix, CancellationToken cancellationToken)
    {
        List<ListApplicationsResponse.Types.Item> items = [];
        var request = new ListApplicationsRequest { Namespace = @namespace, Prefix = prefix, PageSize = PageSize };
        do
        {
            var page = await connection.Discovery.ListApplicationsAsync(request, cancellationToken: cancellationToken);
            items.AddRange(page.Applications);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        return items;
    }
}
