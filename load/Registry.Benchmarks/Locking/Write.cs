using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Naming;

namespace Registry.Benchmarks.Locking;

/// <summary>
/// One write: puts an instance into an application and, if there is a build with it, lets that build come or go, which changes a
/// mapping.
/// </summary>
/// <param name="Application">Where.</param>
/// <param name="InstanceId">Which instance.</param>
/// <param name="Weight">Its new weight.</param>
/// <param name="Moved">The build that comes if it is not there and goes if it is; null: the mappings stay.</param>
internal readonly record struct Write(QualifiedName Application, string InstanceId, int Weight, Build? Moved)
{
    /// <summary>The instances of every application: threads with even numbers write the first, those with odd numbers the second.</summary>
    public static readonly string[] InstanceIds = ["instance-0", "instance-1"];

    /// <summary>What to change, given the application as it is.</summary>
    public ApplicationChange Decide(ApplicationSnapshot current)
    {
        if (!current.TryGetInstance(InstanceId, out var instance))
            throw new InvalidOperationException($"{current.Name} has lost its instance {InstanceId}");
        var isThere = Moved is not null && current.FindBuild(Moved.Id) is not null;
        return new ApplicationChange
        {
            Application = current.Name,
            Upserts = [instance.With(instance.Declaration with { Weight = Weight })],
            BuildsAdded = Moved is not null && !isThere ? [Moved] : [],
            BuildsRemoved = Moved is not null && isThere ? [Moved.Id] : [],
        };
    }
}
