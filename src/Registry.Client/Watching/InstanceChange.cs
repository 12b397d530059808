using System.Collections.Immutable;
using Registry.Protocol.V1;

namespace Registry.Client.Watching;

/// <summary>One difference between what a name resolved to before and what it resolves to now.</summary>
/// <param name="Application">The application of the instance.</param>
/// <param name="Before">Null: the instance was not there.</param>
/// <param name="After">Null: the instance is there no more, or serves the interface no more.</param>
internal sealed record InstanceChange(string Application, Instance? Before, Instance? After)
{
    /// <summary>The differences, in the order of application and instance id.</summary>
    public static ImmutableArray<InstanceChange> Between(ResolvedTopic before, ResolvedTopic after)
    {
        var changes = ImmutableArray.CreateBuilder<InstanceChange>();
        int b = 0, a = 0;
        // Both are sorted, so one pass finds what is only here, only there, or different.
        while (b < before.Instances.Length || a < after.Instances.Length)
        {
            var order = b == before.Instances.Length ? 1
                : a == after.Instances.Length ? -1
                : Compare(before.Instances[b], after.Instances[a]);
            if (order < 0)
            {
                changes.Add(new InstanceChange(before.Instances[b].Application, before.Instances[b].Instance, null));
                b++;
            }
            else if (order > 0)
            {
                changes.Add(new InstanceChange(after.Instances[a].Application, null, after.Instances[a].Instance));
                a++;
            }
            else
            {
                if (!before.Instances[b].Instance.Equals(after.Instances[a].Instance))
                {
                    changes.Add(new InstanceChange(
                        after.Instances[a].Application, before.Instances[b].Instance, after.Instances[a].Instance));
                }

                b++;
                a++;
            }
        }

        return changes.DrainToImmutable();
    }

    private static int Compare(ResolvedInstance left, ResolvedInstance right)
    {
        var byApplication = string.CompareOrdinal(left.Application, right.Application);
        return byApplication != 0 ? byApplication : string.CompareOrdinal(left.Instance.Id, right.Instance.Id);
    }
}
