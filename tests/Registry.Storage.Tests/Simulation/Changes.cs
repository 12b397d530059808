using System.Collections.Immutable;
using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.TestKit.Core;

namespace Registry.Storage.Tests.Simulation;

/// <summary>Changes as the registry appends them.</summary>
internal static class Changes
{
    public static ApplicationChange Removal(string id = "a") => new() { Application = Given.Name("orders"), Removals = [id] };

    /// <summary>A change with any of what a change can hold.</summary>
    public static ApplicationChange Any(Random random, long revision)
    {
        var builds = Enumerable.Range(0, random.Next(3))
            .Select(_ => Build.Of(Enumerable.Range(0, random.Next(1, 5)).Select(_ => $"shop.v{random.Next(9)}.Orders")))
            .DistinctBy(build => build.Id)
            .OrderBy(build => build.Id, StringComparer.Ordinal)
            .ToImmutableArray();
        return new ApplicationChange
        {
            Application = Given.Name($"app-{random.Next(5)}"),
            Cause = (ChangeCause)random.Next((int)ChangeCause.Retired + 1),
            Upserts = [.. Enumerable.Range(0, random.Next(3)).Select(i => AnyInstance(random, $"i-{i}", revision))],
            Removals = [.. Enumerable.Range(5, random.Next(1, 3)).Select(i => $"i-{i}")],
            BuildsAdded = builds,
            BuildsRemoved = [.. Enumerable.Range(0, random.Next(2)).Select(_ => new string('e', 64))],
        };
    }

    private static Instance AnyInstance(Random random, string id, long revision)
    {
        Span<byte> lease = stackalloc byte[LeaseId.Length];
        random.NextBytes(lease);
        Assert.True(LeaseId.TryRead(lease, out var leaseId));
        var declaration = new InstanceDeclaration
        {
            Id = id,
            Endpoints = [new EndpointAddress("grpc", "10.0.0.1", random.Next(1, 65_536)), new EndpointAddress("http", "::1", 80)],
            Zone = random.Next(2) == 0 ? "" : "zone-a",
            Weight = random.Next(InstanceDeclaration.MaxWeight + 1),
            Metadata = InstanceDeclaration.SortMetadata(
                Enumerable.Range(0, random.Next(4)).Select(i => KeyValuePair.Create($"key-{i}", new string('ä', random.Next(300))))),
            State = (DeclaredState)random.Next(3),
            BuildId = random.Next(2) == 0 ? "" : new string('a', 64),
        };
        var incarnation = random.NextInt64(1, revision + 1);
        if (random.Next(4) == 0)
            return new Instance(declaration, default, TimeSpan.Zero, "team", incarnation, isSuspect: false, "pipeline");
        return new Instance(declaration, leaseId, TimeSpan.FromMilliseconds(random.Next(1, 100_000)), random.Next(2) == 0 ? "" : "team", incarnation, random.Next(2) == 0);
    }
}
