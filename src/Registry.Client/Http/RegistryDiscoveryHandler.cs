using System.Collections.Concurrent;
using Registry.Client.Balancing;
using Registry.Client.Watching;

namespace Registry.Client.Http;

/// <summary>
/// Sends requests such as <c>http://orders/v1/list</c> to an instance of the application <c>orders</c>. Scheme <c>http</c> means the
/// instances' endpoints of protocol <c>http</c>, <c>https</c> those of <c>https</c>, <c>https+http</c> the first that there is. A request that
/// could not connect, so that nothing of it was sent, goes to another instance.
/// </summary>
/// <remarks>Which hosts are names of applications: those of one label and without a port. All others pass as they are.</remarks>
public sealed class RegistryDiscoveryHandler : DelegatingHandler
{
    private const int Attempts = 3;

    private readonly RegistryClient _client;
    private readonly Func<Uri, TopicName?> _topicOf;

    // Of names that have been served. Each holds its topic, so a name that nobody serves gets none: a program that passes on whatever it is
    // asked for would fill the local view with wrong names, and the right ones would find no room.
    private readonly ConcurrentDictionary<(TopicName Topic, string Scheme), ServicePicker> _pickers = new();

    /// <summary>Makes a handler.</summary>
    /// <param name="client">Where it asks. Is not disposed with it.</param>
    /// <param name="topicOf">
    /// What a request's address names; null: it passes as it is. Default: null, the rule above. A host is in lower case whatever was written,
    /// so names with capitals, as interfaces have them, need a rule of their own.
    /// </param>
    public RegistryDiscoveryHandler(RegistryClient client, Func<Uri, TopicName?>? topicOf = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
        _topicOf = topicOf ?? ApplicationOf;
    }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.RequestUri is not { IsAbsoluteUri: true } asked || _topicOf(asked) is not { } topic)
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }

        var picker = _pickers.TryGetValue((topic, asked.Scheme), out var known)
            ? known
            : await AddPickerAsync(topic, asked.Scheme, cancellationToken).ConfigureAwait(false);
        for (var attempt = 1; ; attempt++)
        {
            var picked = await picker.PickAsync(cancellationToken).ConfigureAwait(false);
            request.RequestUri = new UriBuilder(asked)
            {
                Scheme = picked.Endpoint.Protocol,
                Host = picked.Endpoint.Host,
                Port = picked.Endpoint.Port,
            }.Uri;
            picked.Begin();
            try
            {
                return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            }
            catch (HttpRequestException failure) when (attempt < Attempts
                && failure.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
            {
                // Nothing was sent: another instance may take it.
            }
            finally
            {
                picked.End();
                request.RequestUri = asked;
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var picker in _pickers.Values)
            {
                picker.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private async ValueTask<ServicePicker> AddPickerAsync(TopicName topic, string scheme, CancellationToken cancellationToken)
    {
        var picker = _client.CreatePicker(topic, scheme.Split('+'));
        ServicePicker? kept = null;
        try
        {
            await picker.PickAsync(cancellationToken).ConfigureAwait(false);
            return kept = _pickers.GetOrAdd((topic, scheme), picker);
        }
        finally
        {
            if (kept != picker)
            {
                picker.Dispose();
            }
        }
    }

    private TopicName? ApplicationOf(Uri address) =>
        address.IsDefaultPort && address.HostNameType == UriHostNameType.Dns && !address.Host.Contains('.', StringComparison.Ordinal)
            && address.Host != "localhost"
            ? _client.Application(address.Host)
            : null;
}
