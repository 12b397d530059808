using Registry.Core.Instances;
using Registry.Core.Naming;

namespace Registry.Core.Changes.Commands;

/// <summary>
/// Takes a build out of the mapping when its retention time is over. The timer that sends this holds no lock and may be late: the
/// build may have been used again meanwhile, and unused again, with a retention time of its own. So the command names the
/// revision since which it saw the build unused, and does nothing if that has moved.
/// </summary>
internal sealed class RetireBuildCommand(QualifiedName application, string buildId, long unusedSince) : Command(application, owner: "")
{
    internal override Decision Decide(ApplicationSnapshot current, DecisionContext context) =>
        current.FindBuild(buildId) is { Instances: 0 } use && use.UnusedSince == unusedSince
            ? Decision.Make(new ApplicationChange { Application = Application, Cause = ChangeCause.Retired, BuildsRemoved = [buildId] })
            : Decision.Nothing;
}
