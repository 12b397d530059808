using System.Numerics;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Watching;

namespace Registry.Core;

/// <summary>What can be set of the registry itself. Read once at start.</summary>
public class RegistryOptions
{
    /// <summary>
    /// How many locks guard each of the two tables: a power of two, 1 to 65,536. Default 256. More of them cost about 1 KiB
    /// each and nothing else; fewer make writers of different names wait for each other.
    /// </summary>
    public int Stripes { get; set; } = 256;

    /// <summary>Limits of what one application and one change may be.</summary>
    public LimitOptions Limits { get; set; } = new();

    /// <summary>Leases and what happens when they run out.</summary>
    public LeaseOptions Leases { get; set; } = new();

    /// <summary>Streams of changes.</summary>
    public WatchOptions Watching { get; set; } = new();

    /// <summary>
    /// Interfaces that everybody serves: they count for a build's id and stay out of the mapping, which would otherwise map them
    /// to every application there is. Default: the health and reflection services of gRPC; what configuration names is added.
    /// </summary>
    public IList<string> UnmappedInterfaces { get; set; } =
    [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    ];

    /// <summary>Every option that is out of its range, as "Path: what is wrong". Empty: all is fine.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        if (Stripes is < 1 or > 65_536 || !BitOperations.IsPow2(Stripes))
            errors.Add($"Stripes: is {Stripes}; a power of two from 1 to 65536 is allowed");
        Limits.Validate(errors);
        Leases.Validate(errors);
        Watching.Validate(errors);
        return errors;
    }

    internal static void CheckRange<T>(List<string> errors, string path, T value, T min, T max)
        where T : IComparable<T>
    {
        if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
            errors.Add($"{path}: is {value}; {min} to {max} is allowed");
    }
}
