using Registry.Core.Naming;

namespace Registry.Core.Leases;

/// <summary>
/// How many instances may still expire, per application and in all, within a window that opens with its first expiry. When many
/// leases run out together, the network (or this registry) is more likely to be ill than all their holders: what is over the
/// budget is kept and marked instead. Owned by the one task that expires leases; not thread safe.
/// </summary>
/// <remarks>
/// The share is one of the instances that hang on leases. What has a holder never expires, so it is never charged; and it does not
/// enlarge the budget either: it gives no sign of life, so that it is there says nothing about the network. Were it counted, an
/// application of two leased instances beside a hundred others could lose both at once.
/// </remarks>
internal sealed class ProtectionBudget(LeaseOptions options)
{
    private readonly Dictionary<QualifiedName, Window> _applications = [];
    private Window _registry;

    /// <summary>
    /// Charges the expiry of some instances, all or none. False: an application, or the registry, would be over its budget.
    /// </summary>
    /// <param name="now">The lease clock's time.</param>
    /// <param name="expiring">Of each application: how many would expire, and how many it has on leases.</param>
    /// <param name="registryInstances">How many instances hang on leases in all.</param>
    public bool TryCharge(long now, IReadOnlyList<(QualifiedName Application, int Expiring, int Instances)> expiring, int registryInstances)
    {
        var all = expiring.Sum(e => e.Expiring);
        var registry = Current(_registry, now, registryInstances);
        if (all > registry.Budget - registry.Used)
            return false;

        var windows = new (QualifiedName Application, Window Window)[expiring.Count];
        for (var i = 0; i < windows.Length; i++)
        {
            var (application, count, instances) = expiring[i];
            var window = Current(_applications.GetValueOrDefault(application), now, instances);
            if (count > window.Budget - window.Used)
                return false;
            windows[i] = (application, window with { Used = window.Used + count });
        }

        foreach (var (application, window) in windows)
            _applications[application] = window;
        _registry = registry with { Used = registry.Used + all };
        return true;
    }

    /// <summary>Takes a charge back: the lease was renewed after all.</summary>
    public void Refund(IReadOnlyList<(QualifiedName Application, int Expiring, int Instances)> expiring)
    {
        foreach (var (application, count, _) in expiring)
        {
            if (_applications.TryGetValue(application, out var window))
                _applications[application] = window with { Used = window.Used - count };
        }

        _registry = _registry with { Used = _registry.Used - expiring.Sum(e => e.Expiring) };
    }

    /// <summary>Forgets windows that are over.</summary>
    public void Trim(long now)
    {
        foreach (var (application, window) in _applications)
        {
            if (window.Ends <= now)
                _applications.Remove(application);
        }
    }

    private Window Current(Window window, long now, int instances) =>
        now < window.Ends
            ? window
            : new Window(now + options.ProtectionWindow.Ticks, BudgetOf(instances), 0);

    // All of them is not a number: more may come, and end, while the window is open.
    private int BudgetOf(int instances) =>
        options.ProtectionShare >= 1 ? int.MaxValue : Math.Max(1, (int)Math.Floor(options.ProtectionShare * instances));

    private readonly record struct Window(long Ends, int Budget, int Used);
}
