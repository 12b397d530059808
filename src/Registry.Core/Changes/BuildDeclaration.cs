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

    internal int Size => 128 + _interfaces.Sum(static name => name.Length + 4);

    internal RegistryError? Validate(string field)
    {
        if (_interfaces.Length > MaxInterfaces)
            return RegistryError.Invalid($"{field}.interfaces", $"has {_interfaces.Length} items; at most {MaxInterfaces} are allowed");
        for (var i = 0; i < _interfaces.Length; i++)
        {
            if (NameRules.CheckInterface($"{field}.interfaces[{i}]", _interfaces[i]) is { } bad)
                return bad;
        }

        // Computes the hash, here and not under a lock, whether or not one is claimed.
        var id = Build.Id;
        return _claimedId.Length == 0 || _claimedId == id
            ? null
            : new RegistryError(
                ErrorKind.InvalidArgument,
                ErrorReasons.BuildIdMismatch,
                $"{field}.id: is not the hash of the interfaces, which is {id} (leave it empty and the server computes it)",
                $"{field}.id");
    }

    internal static RegistryError? ValidateAll(ImmutableArray<BuildDeclaration> builds)
    {
        for (var i = 0; i < builds.Length; i++)
        {
            if (builds[i].Validate($"builds[{i}]") is { } bad)
                return bad;
        }

        return null;
    }

    /// <summary>Those that the application has not declared, sorted; a refusal if it would have too many.</summary>
    internal static RegistryError? FindNew(
        ImmutableArray<BuildDeclaration> builds, ApplicationSnapshot current, LimitOptions limits, out ImmutableArray<Build> added)
    {
        added = [.. builds.Select(b => b.Build).Where(b => current.FindBuild(b.Id) is null).DistinctBy(b => b.Id).OrderBy(b => b.Id, StringComparer.Ordinal)];
        return !added.IsEmpty && current.Builds.Length + added.Length > limits.BuildsPerApplication
            ? new RegistryError(
                ErrorKind.ResourceExhausted,
                ErrorReasons.LimitBuilds,
                $"builds: {current.Name} has {current.Builds.Length} builds and may have {limits.BuildsPerApplication}; withdraw old ones",
                "builds")
            : null;
    }
}
