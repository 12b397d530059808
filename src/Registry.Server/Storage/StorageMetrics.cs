using System.Diagnostics.Metrics;
using Registry.Storage;

namespace Registry.Server.Storage;

/// <summary>What the disk is doing, as metrics of the meter Registry.Server.</summary>
internal sealed class StorageMetrics : IDisposable
{
    private readonly Meter _meter = new("Registry.Server");

    /// <summary>Measures from now on, while the log is read as well.</summary>
    public StorageMetrics(RegistryLoading loading)
    {
        _meter.CreateObservableGauge(
            "registry.storage.recovery.read", () => loading.Progress?.ReadBytes ?? 0, "By", "How much of the data directory was read at the start.");
        _meter.CreateObservableGauge(
            "registry.storage.recovery.size", () => loading.Progress?.TotalBytes ?? 0, "By", "How much of the data directory there was to read at the start.");
        _meter.CreateObservableGauge(
            "registry.storage.undurable", () => Of(durable => durable.Registry.Revision - durable.DurableRevision), "{revision}", "Revisions that are visible and not on the disk yet.");
        _meter.CreateObservableCounter("registry.storage.commits", () => Of(durable => durable.Commits), "{sync}", "Commits of the log, each one sync of the disk.");
        _meter.CreateObservableCounter("registry.storage.written", () => Of(durable => durable.WrittenBytes), "By", "What was written to the log.");
        _meter.CreateObservableCounter("registry.storage.snapshots", () => Of(durable => durable.SnapshotsTaken), "{snapshot}", "State snapshots that were taken.");
        _meter.CreateObservableGauge("registry.storage.full", () => Of(durable => durable.IsDiskFull ? 1 : 0), "1", "1 while the disk is full.");

        long Of(Func<DurableRegistry, long> measure) => loading.Loaded.IsCompletedSuccessfully ? measure(loading.Durable) : 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
