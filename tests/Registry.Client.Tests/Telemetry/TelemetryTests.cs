using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Registry.Client.Telemetry;
using Registry.TestKit;

namespace Registry.Client.Tests.Telemetry;

/// <summary>What the meter and the activity source tell of a client at work.</summary>
[Collection(nameof(Scale.AloneTests))]
public sealed class TelemetryTests : ClientTest
{
    [Fact]
    public async Task Meter_TellsWhatIsFollowedAndKept_AndWhatWasTried()
    {
        var client = NewClient(options => options.LeaseTtl = TimeSpan.FromSeconds(1));
        await client.Register(Instance("orders", 1)).Settled;
        await client.ResolveAsync(client.Application("orders"));
        await Within.HoldsAsync("leases.renewed", "at least 1", () => StatusAsync("leases.renewed"), count => count >= 1);

        var told = Collect();
        Assert.Equal(1, told["registry.client.topics"]);
        Assert.Equal(0, told["registry.client.topics.stale"]);
        Assert.Equal(1, told["registry.client.connected"]);
        Assert.Equal(1, told["registry.client.instances"]);
        Assert.Equal(0, told["registry.client.streams.lost"]);
        Assert.True(told["registry.client.lease.renewals"] >= 1);
        Assert.Equal(0, told["registry.client.lease.renewals.failed"]);
        Assert.True(told["registry.client.attempts"] >= 4, "a grant, a registration, a renewal and a stream");
        Assert.Equal(0, told["registry.client.attempts.failed"]);
    }

    [Fact]
    public async Task MetersOfAClient_EndWithIt()
    {
        var client = NewClient();
        Assert.NotEmpty(Collect());
        await client.DisposeAsync();
        Assert.Empty(Collect());
    }

    [Fact]
    public async Task WaitForAFirstView_IsAnActivity_AndAnAnswerFromMemoryIsNone()
    {
        var seen = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == RegistryTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = seen.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var client = NewClient();
        for (var i = 0; i < 3; i++)
        {
            await client.ResolveAsync(client.Application("orders"));
        }

        var activity = Assert.Single(seen);
        Assert.Equal("registry.resolve", activity.OperationName);
        Assert.Equal("application orders", activity.GetTagItem("registry.topic"));
    }

    private static Dictionary<string, long> Collect()
    {
        var told = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, meter) =>
        {
            if (instrument.Meter.Name == RegistryTelemetry.Name)
            {
                meter.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => told[instrument.Name] = value);
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => told[instrument.Name] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return told;
    }
}
