using System.Reflection;

namespace Registry.Doubles.Tests.Catalog;

/// <summary>A test class, or one test of it, of another project.</summary>
/// <param name="Project">The project.</param>
/// <param name="Class">The class, without the project's namespace.</param>
/// <param name="Method">One test; null: all.</param>
public sealed record Suite(string Project, string Class, string? Method = null)
{
    public static readonly Suite WriteRaces = InCore("Changes.WriteRaceTests");
    public static readonly Suite Builds = InCore("Changes.BuildTests");
    public static readonly Suite AttachRaces = InCore("Leases.AttachRaceTests");
    public static readonly Suite Leases = InCore("Leases.LeaseTests");
    public static readonly Suite LeaseLists = InCore("Leases.LeaseListTests");
    public static readonly Suite LeaseWords = InCore("Leases.LeaseWordTests");
    public static readonly Suite ProtectedExpiry = InCore("Leases.ProtectedExpiryTests");
    public static readonly Suite GetOrCreate = InCore("Tables.GetOrCreateTests");
    public static readonly Suite BlockedSinks = InCore("Watching.BlockedSinkTests");
    public static readonly Suite Encoding = InCore("Watching.EncodeOnceTests");
    public static readonly Suite Following = InCore("Watching.FollowTests");
    public static readonly Suite Leaving = InCore("Watching.LeavingTests");
    public static readonly Suite PumpWaking = InCore("Watching.PumpWakingTests");
    public static readonly Suite ReadsTogether = InCore("Watching.ReadTogetherTests");
    public static readonly Suite Resuming = InCore("Watching.ResumeTests");
    public static readonly Suite Streams = InCore("Watching.StreamTests");
    public static readonly Suite Windows = InCore("Watching.WindowTests");
    public static readonly Suite Stress = InCore("Stress.RegistryStressTests");
    public static readonly Suite Sinks = new("Registry.Server.Tests", "Discovery.StreamSinkTests");

    /// <summary>All of them: a suite that catches no double is not one.</summary>
    public static IEnumerable<Suite> All =>
        typeof(Suite).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (Suite)f.GetValue(null)!);

    /// <summary>The class with its namespace.</summary>
    public string FullClass => $"{Project}.{Class}";

    /// <inheritdoc/>
    public override string ToString() => Class[(Class.LastIndexOf('.') + 1)..];

    private static Suite InCore(string @class) => new("Registry.Core.Tests", @class);
}
