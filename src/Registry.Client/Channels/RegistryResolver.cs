using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Registry.Client.Balancing;
using Registry.Client.Resolving;

namespace Registry.Client.Channels;

/// <summary>Tells one channel where it can call, whenever that changes.</summary>
internal sealed class RegistryResolver(RegistryClient client, ServiceAddress address) : Resolver
{
    /// <summary>Most addresses that a channel is given: it keeps a connection to each.</summary>
    public const int MostAddresses = 256;

    private ServiceWatch? _watch;
    private Places? _places;

    public override void Start(Action<ResolverResult> listener)
    {
        _watch = client.Watch(address.Topic);
        _places = new Places(_watch, address.Protocol);
        _ = Task.Run(() => FollowAsync(_watch, _places, listener));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _watch?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task FollowAsync(ServiceWatch watch, Places places, Action<ResolverResult> listener)
    {
        try
        {
            await watch.FirstAsync().ConfigureAwait(false);
        }
        catch (RegistryException failure)
        {
            // Calls fail with this until there is something better; those that wait for ready wait.
            listener(ResolverResult.ForFailure(new Status(failure.Code, failure.Message, failure)));
        }
        catch (ObjectDisposedException)
        {
            // The channel has gone before the first answer came.
            return;
        }

        var hasPlaces = false;
        await foreach (var view in watch.ReadAllAsync().ConfigureAwait(false))
        {
            var addresses = AddressesOf(view, places);
            if (addresses.Count > 0 || hasPlaces)
            {
                listener(ResolverResult.ForResult(addresses, places.ServiceConfig, Status.DefaultSuccess));
            }

            hasPlaces = addresses.Count > 0;
            if (!hasPlaces)
            {
                // To a channel that has no connections left, a failure says who is missing; one that has some would go on using them.
                listener(ResolverResult.ForFailure(new Status(StatusCode.Unavailable, RegistryException.NobodyServes(view, [address.Protocol]).Message)));
            }
        }
    }

    private List<BalancerAddress> AddressesOf(ServiceView view, Places places)
    {
        var seen = new HashSet<(string, int)>();
        var addresses = new List<BalancerAddress>();
        foreach (var instance in view.Instances.Where(instance => instance.Status != InstanceStatus.Down)
            .OrderBy(instance => instance.Status).ThenBy(instance => instance.Zone != client.Zone))
        {
            if (addresses.Count < MostAddresses
                && instance.FindEndpoint(address.Protocol) is { } endpoint
                && seen.Add((endpoint.Host, endpoint.Port)))
            {
                var place = new BalancerAddress(endpoint.Host, endpoint.Port);
                place.Attributes.Set(Places.Key, places);
                addresses.Add(place);
            }
        }

        places.Keep(seen);
        return addresses;
    }

    /// <summary>What the channel's balancer needs to know of the addresses beyond themselves: the newest view that they come from.</summary>
    internal sealed class Places(ServiceWatch watch, string protocol)
    {
        public static readonly BalancerAttributesKey<Places> Key = new("registry-places");

        public ServiceConfig ServiceConfig { get; } = new() { LoadBalancingConfigs = { new LoadBalancingConfig(RegistryBalancerFactory.BalancerName) } };

        public ServiceView? View => watch.Current;

        public string Protocol => protocol;

        // By place: a table that is made anew goes on counting. Any thread adds to it. Where instances come at new ports with each of their
        // lives, a channel that lives long sees many places; what is no address any more leaves.
        private readonly ConcurrentDictionary<(string Host, int Port), OpenCalls> _calls = new();

        public OpenCalls CallsOf((string Host, int Port) place) => _calls.GetOrAdd(place, static _ => new OpenCalls());

        /// <summary>Forgets all places but these. A call that is open there goes on with the counter that it has.</summary>
        public void Keep(HashSet<(string Host, int Port)> present)
        {
            foreach (var place in _calls.Keys.Where(place => !present.Contains(place)))
            {
                _calls.TryRemove(place, out _);
            }
        }
    }
}
