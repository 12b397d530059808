using System.Collections.Immutable;
using Registry.Core.Naming;

namespace Registry.Core.Leases;

/// <summary>A lease as it stood when it was looked at. Immutable.</summary>
/// <param name="Id">Its public id.</param>
/// <param name="Ttl">Its time to live.</param>
/// <param name="Remaining">Until it is due, or if overdue until its protection ends; zero: due, and not looked at yet.</param>
/// <param name="IsOverdue">Past its TTL and protected.</param>
/// <param name="Held">The instances that hang on it, in the order of namespace, application and id.</param>
public sealed record LeaseDescription(
    PublicLeaseId Id, TimeSpan Ttl, TimeSpan Remaining, bool IsOverdue, ImmutableArray<(QualifiedName Application, string InstanceId)> Held);
