using System.Collections.Immutable;
using Registry.Core.Instances;
using Registry.Core.Naming;

namespace Registry.Core.Changes.Commands;

/// <summary>Declares builds ahead of their instances.</summary>
public sealed class DeclareBuildsCommand : Command
{
    private readonly ImmutableArray<BuildDeclaration> _builds;

    /// <param name="application">The application.</param>
    /// <param name="owner">The identity that declares.</param>
    /// <param name="builds">1 to 64.</param>
    public DeclareBuildsCommand(QualifiedName application, string owner, ImmutableArray<BuildDeclaration> builds)
        : base(application, owner)
    {
        _builds = builds;
    }

    /// <summary>The builds' ids, in the order in which they were given. Only after the command was carried out.</summary>
    public IEnumerable<string> BuildIds => _builds.Select(b => b.Build.Id);

    private protected override int Measure() => base.Measure() + _builds.Sum(static b => b.Size);

    internal override RegistryError? Validate() =>
        CheckCount("builds", _builds.Length, 1, MaxBuilds) ?? BuildDeclaration.ValidateAll(_builds) ?? base.Validate();

    internal override Decision Decide(ApplicationSnapshot current, DecisionContext context) =>
        BuildDeclaration.FindNew(_builds, current, context.Limits, out var added) is { } tooMany
            ? Decision.Refuse(tooMany)
            : Decision.Make(new ApplicationChange { Application = Application, BuildsAdded = added });
}
