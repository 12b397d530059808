using System.Collections.Immutable;
using Registry.Core.Instances;
using Registry.Core.Naming;

namespace Registry.Core.Changes.Commands;

/// <summary>Takes builds out of the mapping. Refused while instances run one of them; unknown ones are passed over.</summary>
public sealed class WithdrawBuildsCommand : Command
{
    private readonly ImmutableArray<string> _builds;

    /// <param name="application">The application.</param>
    /// <param name="owner">The identity that withdraws.</param>
    /// <param name="builds">1 to 64 ids.</param>
    public WithdrawBuildsCommand(QualifiedName application, string owner, ImmutableArray<string> builds)
        : base(application, owner)
    {
        _builds = builds;
    }

    internal override RegistryError? Validate()
    {
        if (CheckCount("build_ids", _builds.Length, 1, MaxBuilds) is { } count)
            return count;
        for (var i = 0; i < _builds.Length; i++)
        {
            if (_builds[i].Length == 0)
                return RegistryError.Invalid($"build_ids[{i}]", "is empty");
            if (InstanceRules.CheckBuildId("", _builds[i]) is { } bad)
                return bad.At($"build_ids[{i}]");
        }

        return base.Validate();
    }

    internal override Decision Decide(ApplicationSnapshot current, DecisionContext context)
    {
        var removed = new SortedSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < _builds.Length; i++)
        {
            if (current.FindBuild(_builds[i]) is not { } use)
                continue;
            if (use.Instances > 0)
            {
                return Decision.Refuse(new RegistryError(
                    ErrorKind.FailedPrecondition,
                    ErrorReasons.BuildInUse,
                    $"build_ids[{i}]: {use.Instances} instances of {Application} run build {use.Build.Id}",
                    $"build_ids[{i}]"));
            }

            removed.Add(use.Build.Id);
        }

        return Decision.Make(new ApplicationChange { Application = Application, BuildsRemoved = [.. removed] });
    }
}
