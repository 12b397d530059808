using System.Collections.Immutable;
using Registry.Core.Instances;
using Registry.Core.Naming;

namespace Registry.Core.Changes;

/// <summary>A build as a request declares it. Immutable.</summary>
public sealed class BuildDeclaration
{
    /// <summary>Interfaces that one build may serve.</summary>
    public const int MaxInterfaces = 1_000;

    private readonly string _claimedId;
    private readonly ImmutableArray<string> _interfaces;
    private Build? _build;

    /// <param name="claimedId">The id that the request claims; empty: it claims none.</param>
    /// <param name="interfaces">The interface names as they came.</param>
    public BuildDeclaration(string claimedId, ImmutableArray<string> interfaces)
    {
        _claimedId = claimedId;
        _interfaces = interfaces;
    }

    /// <summary>The build that is meant. Only after <see cref="Validate"/> has found nothing.</summary>
    internal Build Build => _build ??= Build.Of(_interfaces);

    internal int Size
    {
        get
        {
            var size = 128;
            foreach (var name in _interfaces)
                size += name.Length + 4;
            return size;
        }
    }

    internal RegistryError? Validate()
    {
        if (_interfaces.Length > MaxInterfaces)
            return RegistryError.Invalid("interfaces", $"has {_interfaces.Length} items; at most {MaxInterfaces} are allowed");
        for (var i = 0; i < _interfaces.Length; i++)
        {
            if (NameRules.CheckInterface("", _interfaces[i]) is { } bad)
                return bad.At($"interfaces[{i}]");
        }

        // Computes the hash, here and not under a lock, whether or not one is claimed.
        var id = Build.Id;
        return _claimedId.Length == 0 || _claimedId == id
            ? null
            : new RegistryError(
                ErrorKind.InvalidArgument,
                ErrorReasons.BuildIdMismatch,
                $"id: is not the hash of the interfaces, which is {id} (leave it empty and the server computes it)",
                "id");
    }

    internal static RegistryError? ValidateAll(ImmutableArray<BuildDeclaration> builds)
    {
        for (var i = 0; i < builds.Length; i++)
        {
            if (builds[i].Validate() is { } bad)
                return bad.At($"builds[{i}]");
        }

        return null;
    }

    /// <summary>Those that the application has not declared, sorted; a refusal if it would have too many.</summary>
    internal static RegistryError? FindNew(
        ImmutableArray<BuildDeclaration> builds, ApplicationSnapshot current, LimitOptions limits, out ImmutableArray<Build> added)
    {
        var unknown = ImmutableArray.CreateBuilder<Build>();
        foreach (var declared in builds)
        {
            if (current.FindBuild(declared.Build.Id) is null)
                unknown.Add(declared.Build);
        }

        added = unknown.Count < 2
            ? unknown.DrainToImmutable()
            : [.. unknown.DistinctBy(b => b.Id).OrderBy(b => b.Id, StringComparer.Ordinal)];
        return !added.IsEmpty && current.Builds.Length + added.Length > limits.BuildsPerApplication
            ? new RegistryError(
                ErrorKind.ResourceExhausted,
                ErrorReasons.LimitBuilds,
                $"builds: {current.Name} has {current.Builds.Length} builds and may have {limits.BuildsPerApplication}; withdraw old ones",
                "builds")
            : null;
    }
}
