using Google.Protobuf;
using Registry.Client.Balancing;
using Registry.Client.Resolving;
using Registry.Protocol.V1;
using Registry.TestKit;

namespace Registry.Client.Tests.Balancing;

/// <summary>An instance whose process is gone without a word.</summary>
public sealed class DeadInstanceTests : ClientTest
{
    private readonly TimeSpan _bound = TimeSpan.FromSeconds(2);

    protected override IReadOnlyDictionary<string, string?> ServerOptions => new Dictionary<string, string?>
    {
        ["Leases:MinTtl"] = "00:00:01",
        ["Leases:ProtectionBound"] = $"{_bound:c}",
    };

    [Fact]
    public async Task OneOfTwo_GetsNoCallAfterItsLease()
    {
        var client = NewClient();
        await client.Register(Instance("orders", 1)).Settled;
        using var picker = client.CreatePicker(client.Application("orders"), "grpc");
        await picker.PickAsync();
        await DieAsync("orders", 2);
        await Within.HoldsAsync("picks", "both", () => Picked(picker), picked => picked == "1, 2");
        await Within.HoldsAsync("picks, after the lease", "the one that lives", () => Picked(picker), picked => picked == "1");
        await Within.BecomesAsync("instances", 1, () => picker.Current!.Instances.Length);
    }

    [Fact]
    public async Task ProtectedOnes_AreUsedOnlyWhenNothingBetterIsThere_AndNotAfterTheSecondBound()
    {
        var client = NewClient();
        using var picker = client.CreatePicker(client.Application("orders"), "grpc");
        await DieAsync("orders", 1, 2, 3);
        await Within.HoldsAsync("picks", "all", () => Picked(picker), picked => picked == "1, 2, 3");
        await Within.HoldsAsync(
            "the view", "all suspect", () => picker.Current!, view => view.Instances.Length == 3 && view.Instances.All(i => i.Status == InstanceStatus.Suspect));
        Assert.Equal("1, 2, 3", Picked(picker));

        var living = client.Register(Instance("orders", 9));
        await living.Settled;
        await Within.HoldsAsync("picks, beside one that is up", "that one", () => Picked(picker), picked => picked == "9");
        await living.DisposeAsync();
        await Within.HoldsAsync("picks, after the second bound", "nobody", () => Picked(picker), picked => picked == "");
    }

    private static string Picked(ServicePicker picker)
    {
        var ports = new SortedSet<int>();
        for (var i = 0; i < 1_000 && picker.TryPick(out var picked); i++)
        {
            ports.Add(picked.Endpoint.Port);
        }

        return string.Join(", ", ports);
    }

    // Instances on one lease that nobody renews.
    private async Task DieAsync(string application, params int[] ports)
    {
        var registration = new Registration.RegistrationClient(Host.CreateChannel());
        ByteString lease = (await registration.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = 3_000 })).LeaseId;
        var request = new RegisterRequest { Application = application, LeaseId = lease };
        request.Instances.AddRange(ports.Select(port => Instance(application, port).ToSpec("").Spec));
        await registration.RegisterAsync(request);
    }
}
