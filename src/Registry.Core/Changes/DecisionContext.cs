using Registry.Core.Instances;
using Registry.Core.Leases;

namespace Registry.Core.Changes;

/// <summary>What a decision may look at beside the application: the leases' words, and the limits.</summary>
internal sealed record DecisionContext(LeaseTable Leases, LimitOptions Limits);
