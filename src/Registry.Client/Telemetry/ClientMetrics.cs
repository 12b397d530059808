using System.Diagnostics.Metrics;
using Registry.Client.Connecting;
using Registry.Client.Registering;
using Registry.Client.Resolving;

namespace Registry.Client.Telemetry;

/// <summary>The instruments of meter <c>Registry.Client</c>. All are read when somebody collects, so they cost nothing in between.</summary>
internal sealed class ClientMetrics : IDisposable
{
    private readonly Meter _meter = new(RegistryTelemetry.Name);

    public ClientMetrics(LocalView view, KeptLease lease, ServerPool pool)
    {
        _meter.CreateObservableGauge("registry.client.topics", () => view.Count, "{topic}", "Topics that the local view follows.");
        _meter.CreateObservableGauge(
            "registry.client.topics.stale", () => view.StaleCount, "{topic}", "Of them, those without a view that a server has confirmed.");
        _meter.CreateObservableGauge(
            "registry.client.connected", () => view.Status.State == RegistryConnectionState.Connected ? 1 : 0, "1", "1 while a server tells every change.");
        _meter.CreateObservableCounter("registry.client.streams.lost", () => view.Reconnects, "{stream}", "Watch streams that ended or did not come about.");
        _meter.CreateObservableGauge("registry.client.instances", () => lease.Count, "{instance}", "Instances that this process keeps registered.");
        _meter.CreateObservableCounter("registry.client.lease.renewals", () => lease.Statistics.Renewals, "{call}", "Renewals tried.");
        _meter.CreateObservableCounter(
            "registry.client.lease.renewals.failed", () => lease.Statistics.FailedRenewals, "{call}", "Renewals that failed.");
        _meter.CreateObservableCounter(
            "registry.client.attempts", () => PerServer(pool, server => server.Attempts), "{attempt}", "Calls and streams begun, by server.");
        _meter.CreateObservableCounter(
            "registry.client.attempts.failed", () => PerServer(pool, server => server.Failures), "{attempt}", "Those that failed, by server.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> PerServer(ServerPool pool, Func<ServerStatistics, long> value) =>
        pool.Statistics.Select(server => new Measurement<long>(
            value(server),
            new KeyValuePair<string, object?>("server.address", server.Address.Uri.Host),
            new KeyValuePair<string, object?>("server.port", server.Address.Uri.Port)));
}
