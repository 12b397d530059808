using Grpc.Core;
using Grpc.Net.Client.Balancer;
using Microsoft.Extensions.Logging;
using Registry.Client.Balancing;
using Registry.Client.Resolving;

namespace Registry.Client.Channels;

/// <summary>
/// Spreads a channel's calls over the instances of its <c>registry:</c> address as the client's options say: by weight, the own zone first,
/// suspect and draining instances last. Of what is known, only what the channel has a connection to counts.
/// </summary>
/// <param name="client">Whose zone and policy hold.</param>
public sealed class RegistryBalancerFactory(RegistryClient client) : LoadBalancerFactory
{
    internal const string BalancerName = "registry";

    /// <summary><c>registry</c>: what a service config calls it.</summary>
    public override string Name => BalancerName;

    /// <summary>Makes the balancer of one channel.</summary>
    /// <param name="options">The channel's.</param>
    public override LoadBalancer Create(LoadBalancerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new Balancer(client, options.Controller, options.LoggerFactory);
    }

    private sealed class Balancer(RegistryClient client, IChannelControlHelper controller, ILoggerFactory loggers)
        : SubchannelsLoadBalancer(controller, loggers)
    {
        protected override SubchannelPicker CreatePicker(IReadOnlyList<Subchannel> readySubchannels) => new Picker(client, readySubchannels);
    }

    private sealed class Picker(RegistryClient client, IReadOnlyList<Subchannel> ready) : SubchannelPicker
    {
        private readonly RegistryResolver.Places? _places =
            ready.Count > 0 && ready[0].CurrentAddress is { } address && address.Attributes.TryGetValue(RegistryResolver.Places.Key, out var places) ? places : null;

        // View and table together: who reads the one has the other. Whoever finds it old makes a new one; two that do so make the same.
        private volatile Made? _made;

        public override PickResult Pick(PickContext context)
        {
            var view = _places?.View;
            var made = _made;
            if (made is null || !ReferenceEquals(made.View, view))
            {
                made = new Made(view, TableOf(view));
                _made = made;
            }

            if (!made.Table.TryPick(out var subchannel, out var calls))
            {
                return PickResult.ForFailure(new Status(StatusCode.Unavailable, "no instance that is connected takes calls"));
            }

            return client.Balancing == BalancingPolicy.PowerOfTwoChoices
                ? PickResult.ForSubchannel(subchannel, new CountedCall(calls))
                : PickResult.ForSubchannel(subchannel);
        }

        private PickTable<Subchannel> TableOf(ServiceView? view)
        {
            var byPlace = new Dictionary<(string, int), ServiceInstance>();
            foreach (var instance in view?.Instances ?? [])
            {
                if (instance.FindEndpoint(_places!.Protocol) is { } endpoint)
                {
                    byPlace.TryAdd((endpoint.Host, endpoint.Port), instance);
                }
            }

            var candidates = new List<Candidate<Subchannel>>();
            foreach (var subchannel in ready)
            {
                if (subchannel.CurrentAddress is not { } address)
                {
                    continue;
                }

                // What the newest view no longer names gets no call, even while the channel still has its connection.
                var place = (address.EndPoint.Host, address.EndPoint.Port);
                if (byPlace.TryGetValue(place, out var instance))
                {
                    candidates.Add(new Candidate<Subchannel>(subchannel, instance.Status, instance.Zone, instance.Weight, _places!.CallsOf(place)));
                }
            }

            return PickTable<Subchannel>.Of(candidates, client.Zone, client.Balancing);
        }

        private sealed record Made(ServiceView? View, PickTable<Subchannel> Table);
    }

    private sealed class CountedCall(OpenCalls calls) : ISubchannelCallTracker
    {
        public void Start() => calls.Begin();

        public void Complete(CompletionContext context) => calls.End();
    }
}
