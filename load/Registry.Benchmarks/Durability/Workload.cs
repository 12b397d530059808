using Registry.Core;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;

namespace Registry.Benchmarks.Durability;

/// <summary>What is written: instances as services have them, with two endpoints, a zone and some metadata; about 300 bytes in the log.</summary>
internal static class Workload
{
    public static InstanceDeclaration Instance(int number) => new()
    {
        Id = $"pod-{number:x8}",
        Endpoints = [new EndpointAddress("grpc", $"10.{(number >> 16) & 255}.{(number >> 8) & 255}.{number & 255}", 8080), new EndpointAddress("http", "10.0.0.1", 8081)],
        Zone = $"zone-{number % 3}",
        Metadata = [KeyValuePair.Create("version", "1.4.2"), KeyValuePair.Create("commit", $"{number:x12}")],
    };

    public static QualifiedName Application(int number) => new(QualifiedName.Default, $"application-{number:D6}");

    public static async Task<LeaseId> GrantAsync(ServiceRegistry registry)
    {
        var granted = await registry.GrantLeaseAsync(TimeSpan.FromHours(1), "", CancellationToken.None);
        return granted.Refusal is null ? granted.Id : throw new InvalidOperationException(granted.Refusal.Message);
    }

    public static async Task DoAsync(ServiceRegistry registry, Command command)
    {
        if ((await registry.ExecuteAsync(command, CancellationToken.None)).Refusal is { } refusal)
            throw new InvalidOperationException($"{refusal.Reason}: {refusal.Message}");
    }

    /// <summary>Registers instances, many of one application in one change.</summary>
    public static async Task PopulateAsync(ServiceRegistry registry, int applications, int instancesOfEach)
    {
        const int AtOnce = 50;
        var lease = await GrantAsync(registry);
        await Parallel.ForAsync(0, applications, async (application, _) =>
        {
            var build = new BuildDeclaration("", [.. Enumerable.Range(0, 5).Select(i => $"acme.app{application}.v1.Service{i}")]);
            for (var first = 0; first < instancesOfEach; first += AtOnce)
            {
                var instances = Enumerable.Range(application * instancesOfEach + first, Math.Min(AtOnce, instancesOfEach - first)).Select(Instance);
                await DoAsync(registry, new RegisterCommand(Application(application), "", lease, [.. instances], [build]));
            }
        });
    }
}
