using System.Collections.Immutable;
using Registry.Client.Watching;

namespace Registry.Client.Resolving;

/// <summary>Makes what callers see of one topic from what the watch knows. Pure; keeps the objects of instances that did not change.</summary>
internal static class Projection
{
    /// <summary>The view of a topic.</summary>
    /// <param name="source">What the watch knows; it must cover the topic.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="before">The view before; null: none.</param>
    /// <param name="held">Instances that the registry does not name and that are kept all the same; those that it names are left out.</param>
    /// <param name="isStale">Nobody has confirmed it.</param>
    public static ServiceView Of(
        RegistryView source, TopicName topic, ServiceView? before, ImmutableArray<ServiceInstance> held, bool isStale)
    {
        var resolved = source.Resolve(topic);
        var instances = ImmutableArray.CreateBuilder<ServiceInstance>(resolved.Instances.Length + held.Length);
        var known = before?.Instances ?? [];
        int k = 0, h = 0;
        foreach (var (application, instance) in resolved.Instances)
        {
            // All three are in the order of application and id, so one pass finds what is there already, and where what is held belongs.
            for (; h < held.Length && Compare(held[h], application, instance.Id) is <= 0 and var order; h++)
            {
                if (order < 0)
                {
                    instances.Add(held[h]);
                }
            }

            while (k < known.Length && Compare(known[k], application, instance.Id) < 0)
            {
                k++;
            }

            instances.Add(k < known.Length && known[k].Application == application && known[k].Shows(instance)
                ? known[k]
                : ServiceInstance.From(application, instance));
        }

        for (; h < held.Length; h++)
        {
            instances.Add(held[h]);
        }

        return new ServiceView(topic, resolved.Applications, instances.DrainToImmutable(), source.Epoch, source.Revision, isStale);
    }

    /// <summary>
    /// The instances of <paramref name="before"/> that <paramref name="after"/> lacks although nobody has said that they are gone: the
    /// registry tells a new history, in a snapshot. A restart that lost its state looks like a mass removal; a deregistration and an expiry
    /// are steps of a history, and are believed at once.
    /// </summary>
    public static ImmutableArray<ServiceInstance> Unaccounted(
        ServiceView before, RegistryView after, Func<TopicName, bool> isTold)
    {
        var topic = before.Topic;
        if (before.Epoch == after.Epoch)
        {
            // What was held and has been named since is in the list without being held, and is not held again.
            return before.HeldInstances == 0 ? [] : [.. before.Instances.Where(instance => instance.IsHeld)];
        }

        var held = ImmutableArray.CreateBuilder<ServiceInstance>();
        var wholeTopic = topic.Kind == TopicKind.Interface && isTold(topic);
        foreach (var instance in before.Instances)
        {
            if (instance.IsHeld || wholeTopic || isTold(TopicName.Application(topic.Namespace, instance.Application)))
            {
                held.Add(instance.AsHeld());
            }
        }

        return held.DrainToImmutable();
    }

    private static int Compare(ServiceInstance left, string application, string id)
    {
        var byApplication = string.CompareOrdinal(left.Application, application);
        return byApplication != 0 ? byApplication : string.CompareOrdinal(left.Id, id);
    }
}
