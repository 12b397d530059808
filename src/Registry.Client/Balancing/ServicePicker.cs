using Registry.Client.Resolving;
using Registry.Client.Watching;

namespace Registry.Client.Balancing;

/// <summary>Where one call goes.</summary>
public readonly struct PickedEndpoint
{
    private readonly OpenCalls? _calls;

    internal PickedEndpoint(ServiceInstance instance, ServiceEndpoint endpoint, OpenCalls calls)
    {
        Instance = instance;
        Endpoint = endpoint;
        _calls = calls;
    }

    /// <summary>The instance.</summary>
    public ServiceInstance Instance { get; }

    /// <summary>Its endpoint.</summary>
    public ServiceEndpoint Endpoint { get; }

    /// <summary>
    /// The call begins. To be followed by one <see cref="End"/>, whatever becomes of the call. Matters to
    /// <see cref="BalancingPolicy.PowerOfTwoChoices"/>, which avoids instances with many open calls.
    /// </summary>
    public void Begin() => _calls?.Begin();

    /// <summary>The call is over.</summary>
    public void End() => _calls?.End();
}

/// <summary>
/// Spreads calls over the instances of a topic, as they are at each moment: weighted round robin or power of two choices, the own zone
/// first, draining and suspect instances last. A pick takes no lock, waits for nothing and allocates nothing. Safe for concurrent use.
/// </summary>
public sealed class ServicePicker : IDisposable
{
    private readonly ServiceWatch _watch;
    private readonly string[] _protocols;
    private readonly string _zone;
    private readonly BalancingPolicy _policy;

    // The view that the table was made of, and the table: one object, so that who reads it never has the one without the other. Two threads
    // that find it old both make a new one, of the same view; the calls that are open are counted in objects that both share.
    private volatile Made _made = new(null, PickTable<Target>.Of([], "", BalancingPolicy.WeightedRoundRobin), []);

    internal ServicePicker(RegistryClient client, TopicName topic, params ReadOnlySpan<string> protocols)
    {
        _watch = client.Watch(topic);
        _protocols = [.. protocols];
        _zone = client.Zone;
        _policy = client.Balancing;
    }

    /// <summary>What is picked from.</summary>
    public TopicName Topic => _watch.Topic;

    /// <summary>What is known of it now; null: nothing yet.</summary>
    public ServiceView? Current => _watch.Current;

    /// <summary>Where the next call goes.</summary>
    /// <param name="picked">The endpoint; meaningless if there is none.</param>
    /// <returns>False: nothing is known yet, or no instance has an endpoint of this protocol and takes calls.</returns>
    public bool TryPick(out PickedEndpoint picked)
    {
        var made = _made;
        if (!ReferenceEquals(made.View, _watch.Current))
        {
            made = Make(_watch.Current);
        }

        if (!made.Table.TryPick(out var target, out var calls))
        {
            picked = default;
            return false;
        }

        picked = new PickedEndpoint(target.Instance, target.Endpoint, calls);
        return true;
    }

    /// <summary>Where the next call goes; waits for the first view if there is none yet.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RegistryUnavailableException">
    /// No server has answered in time and nothing is known; or nobody serves the topic at present.
    /// </exception>
    /// <exception cref="RegistryException">The server refuses the topic.</exception>
    /// <exception cref="ObjectDisposedException">This is disposed, and nothing is known.</exception>
    public async ValueTask<PickedEndpoint> PickAsync(CancellationToken cancellationToken = default)
    {
        if (TryPick(out var picked))
        {
            return picked;
        }

        var view = await _watch.FirstAsync(cancellationToken).ConfigureAwait(false);
        return TryPick(out picked) ? picked : throw RegistryException.NobodyServes(view, _protocols);
    }

    /// <summary>Ends the watch.</summary>
    public void Dispose() => _watch.Dispose();

    private Made Make(ServiceView? view)
    {
        var before = _made;
        var calls = new Dictionary<(string Application, string Id), OpenCalls>();
        var candidates = new List<Candidate<Target>>();
        foreach (var instance in view?.Instances ?? [])
        {
            if (FindEndpoint(instance) is { } endpoint)
            {
                var key = (instance.Application, instance.Id);
                var open = before.Calls.GetValueOrDefault(key) ?? new OpenCalls();
                calls[key] = open;
                candidates.Add(new Candidate<Target>(new Target(instance, endpoint), instance.Status, instance.Zone, instance.Weight, open));
            }
        }

        var made = new Made(view, PickTable<Target>.Of(candidates, _zone, _policy), calls);

        // Who was faster stays: its counters are in use already, and ours are not.
        return Interlocked.CompareExchange(ref _made, made, before) == before ? made : _made;
    }

    private ServiceEndpoint? FindEndpoint(ServiceInstance instance)
    {
        foreach (var protocol in _protocols)
        {
            if (instance.FindEndpoint(protocol) is { } endpoint)
            {
                return endpoint;
            }
        }

        return null;
    }

    private readonly record struct Target(ServiceInstance Instance, ServiceEndpoint Endpoint);

    private sealed record Made(ServiceView? View, PickTable<Target> Table, Dictionary<(string Application, string Id), OpenCalls> Calls);
}
