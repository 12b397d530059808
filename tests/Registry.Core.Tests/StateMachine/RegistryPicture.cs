using System.Collections.Immutable;
using Registry.TestKit.Linearizability;

namespace Registry.Core.Tests.StateMachine;

/// <summary>
/// The registry as it should be while nobody else does anything: what is there, which leases live, and what the last operation must
/// have been answered. Immutable.
/// </summary>
internal sealed record RegistryPicture(
    ImmutableSortedDictionary<int, (int Lease, string Content)> Instances, ImmutableArray<TimeSpan> Deadlines, TimeSpan Now, RegistryOperation? Expected)
{
    public static RegistryPicture Empty(int leases) => new(
        ImmutableSortedDictionary<int, (int, string)>.Empty, [.. Enumerable.Repeat(CoreClient.Ttl, leases)], TimeSpan.Zero, null);

    /// <summary>What it looks like after an operation.</summary>
    public RegistryPicture After(int instance, RegistryOperation asked)
    {
        var isThere = Instances.TryGetValue(instance, out var present);
        var hasEnded = asked.Action is RegistryAction.Register or RegistryAction.Renew && Deadlines[asked.Lease] <= Now;
        return asked.Action switch
        {
            RegistryAction.Register or RegistryAction.Renew when hasEnded => Answered(asked, RegistryAnswer.LeaseUnknown),
            RegistryAction.Register => (this with { Instances = Instances.SetItem(instance, (asked.Lease, asked.Content)) }).Answered(asked, RegistryAnswer.Done),
            RegistryAction.Renew => (this with { Deadlines = Deadlines.SetItem(asked.Lease, Now + CoreClient.Ttl) }).Answered(asked, RegistryAnswer.Done),
            _ when !isThere => Answered(asked, RegistryAnswer.NotThere),
            RegistryAction.Update => (this with { Instances = Instances.SetItem(instance, (present.Lease, asked.Content)) }).Answered(asked, RegistryAnswer.Done),
            RegistryAction.Deregister => (this with { Instances = Instances.Remove(instance) }).Answered(asked, RegistryAnswer.Done),
            _ => Answered(asked with { Content = present.Content }, RegistryAnswer.Done),
        };
    }

    /// <summary>What it looks like when time has passed: what hung on leases that ended is gone.</summary>
    public RegistryPicture Later(TimeSpan by)
    {
        var now = Now + by;
        return this with { Now = now, Instances = Instances.RemoveRange(Instances.Where(i => Deadlines[i.Value.Lease] <= now).Select(i => i.Key)), Expected = null };
    }

    /// <summary>What it looks like with one more lease.</summary>
    public RegistryPicture WithLease() => this with { Deadlines = Deadlines.Add(Now + CoreClient.Ttl), Expected = null };

    private RegistryPicture Answered(RegistryOperation asked, RegistryAnswer answer) => this with { Expected = asked with { Answer = answer } };
}
