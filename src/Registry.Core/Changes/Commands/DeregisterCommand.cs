using System.Collections.Immutable;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;

namespace Registry.Core.Changes.Commands;

/// <summary>Removes instances. Those that are not there count as removed.</summary>
public sealed class DeregisterCommand : Command
{
    private readonly ImmutableArray<InstanceRef> _instances;
    private readonly LeaseId? _ownLease;

    /// <param name="application">The application.</param>
    /// <param name="owner">The identity that removes.</param>
    /// <param name="instances">1 to 64, ids all different.</param>
    /// <param name="ownLease">The caller's own lease, which is then not told of a loss; null: it has none.</param>
    public DeregisterCommand(QualifiedName application, string owner, ImmutableArray<InstanceRef> instances, LeaseId? ownLease)
        : base(application, owner)
    {
        _instances = instances;
        _ownLease = ownLease;
    }

    private protected override int Measure()
    {
        var size = base.Measure();
        foreach (var instance in _instances)
            size += instance.Id.Length + 16;
        return size;
    }

    internal override RegistryError? Validate()
    {
        if (CheckCount("instances", _instances.Length, 1, MaxInstances) is { } count)
            return count;
        for (var i = 0; i < _instances.Length; i++)
        {
            if (_instances[i].Validate() is { } bad)
                return bad.At($"instances[{i}]");
        }

        return InstanceRules.CheckDifferent(_instances, static i => i.Id) ?? base.Validate();
    }

    internal override Decision Decide(ApplicationSnapshot current, DecisionContext context)
    {
        var removals = ImmutableArray.CreateBuilder<string>(_instances.Length);
        var detachments = ImmutableArray.CreateBuilder<Detachment>(_instances.Length);
        for (var i = 0; i < _instances.Length; i++)
        {
            if (!current.TryGetInstance(_instances[i].Id, out var instance))
                continue;
            if ((CheckOwner(instance) ?? _instances[i].CheckIncarnation(instance)) is { } refusal)
                return Decision.Refuse(refusal.At($"instances[{i}]"));
            if (!_instances[i].Means(instance))
                continue;
            removals.Add(instance.Id);
            if (instance.IsLeased)
                detachments.Add(new Detachment(instance, instance.Lease == _ownLease ? null : LossCause.Deregistered));
        }

        if (removals.Count > 1)
            removals.Sort(StringComparer.Ordinal);
        return Decision.Make(
            new ApplicationChange { Application = Application, Removals = removals.DrainToImmutable() },
            detachments: detachments.DrainToImmutable());
    }
}
