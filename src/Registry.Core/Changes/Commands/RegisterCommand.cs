using System.Collections.Immutable;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;

namespace Registry.Core.Changes.Commands;

/// <summary>Adds instances or replaces them whole, and declares builds, as one change. Safe to repeat.</summary>
public sealed class RegisterCommand : Command
{
    // Exactly one of the two says what keeps the instances; the other is empty, as it is on an instance. Which one is not asked of
    // them: the id of a lease that a client makes up may be all zeros.
    private readonly LeaseId _lease;
    private readonly string _holder;
    private readonly bool _isLeased;
    private readonly ImmutableArray<InstanceDeclaration> _instances;
    private readonly ImmutableArray<BuildDeclaration> _builds;

    /// <param name="application">The application.</param>
    /// <param name="owner">The identity that registers.</param>
    /// <param name="lease">The lease that the instances hang on.</param>
    /// <param name="instances">1 to 64, ids all different.</param>
    /// <param name="builds">At most 64. If there is exactly one, it is the build of instances that name none.</param>
    public RegisterCommand(
        QualifiedName application, string owner, LeaseId lease, ImmutableArray<InstanceDeclaration> instances, ImmutableArray<BuildDeclaration> builds)
        : this(application, owner, lease, holder: "", instances, builds)
    {
        _isLeased = true;
    }

    /// <summary>Registers without a lease: only a deregister removes the instances.</summary>
    /// <param name="application">The application.</param>
    /// <param name="owner">The identity that registers.</param>
    /// <param name="holder">Who keeps the instances: a name, by the rules of application names.</param>
    /// <param name="instances">1 to 64, ids all different.</param>
    /// <param name="builds">At most 64. If there is exactly one, it is the build of instances that name none.</param>
    public RegisterCommand(
        QualifiedName application, string owner, string holder, ImmutableArray<InstanceDeclaration> instances, ImmutableArray<BuildDeclaration> builds)
        : this(application, owner, lease: default, holder, instances, builds)
    {
    }

    private RegisterCommand(
        QualifiedName application,
        string owner,
        LeaseId lease,
        string holder,
        ImmutableArray<InstanceDeclaration> instances,
        ImmutableArray<BuildDeclaration> builds)
        : base(application, owner)
    {
        _lease = lease;
        _holder = holder;
        _instances = instances;
        _builds = builds;
    }

    private protected override int Measure()
    {
        var size = base.Measure();
        foreach (var instance in _instances)
            size += InstanceRules.SizeOf(instance) + _holder.Length;
        foreach (var build in _builds)
            size += build.Size;
        return size;
    }

    internal override RegistryError? Validate()
    {
        if (!_isLeased && NameRules.CheckName("holder", _holder) is { } badHolder)
            return badHolder;
        if (CheckCount("instances", _instances.Length, 1, MaxInstances) is { } count)
            return count;
        if (CheckCount("builds", _builds.Length, 0, MaxBuilds) is { } builds)
            return builds;
        for (var i = 0; i < _instances.Length; i++)
        {
            if (InstanceRules.Check(_instances[i]) is { } bad)
                return bad.At($"instances[{i}]");
        }

        return InstanceRules.CheckDifferent(_instances, static i => i.Id) ?? BuildDeclaration.ValidateAll(_builds) ?? base.Validate();
    }

    internal override Decision Decide(ApplicationSnapshot current, DecisionContext context)
    {
        Lease? lease = null;
        if (_isLeased && CheckLease(context, out lease) is { } unfit)
            return Decision.Refuse(unfit);
        if (BuildDeclaration.FindNew(_builds, current, context.Limits, out var buildsAdded) is { } tooMany)
            return Decision.Refuse(tooMany);

        var upserts = ImmutableArray.CreateBuilder<Instance>(_instances.Length);
        var detachments = ImmutableArray.CreateBuilder<Detachment>();
        var added = 0;
        for (var i = 0; i < _instances.Length; i++)
        {
            var declaration = _instances[i];
            if (declaration.BuildId.Length == 0 && _builds.Length == 1)
                declaration = declaration with { BuildId = _builds[0].Build.Id };
            if (!IsKnown(declaration.BuildId, current))
                return Decision.Refuse(UnknownBuild(declaration.BuildId, $"instances[{i}].build_id"));

            if (!current.TryGetInstance(declaration.Id, out var existing))
            {
                added++;
            }
            else
            {
                if (CheckOwner(existing) is { } denied)
                    return Decision.Refuse(denied.At($"instances[{i}]"));
                if (existing.Lease == _lease && existing.Holder == _holder)
                {
                    // Attaching renews the lease if it was overdue, so what is written here is never suspect.
                    if (!existing.Declaration.Equals(declaration) || existing.IsSuspect)
                        upserts.Add(existing.With(declaration).WithSuspect(false));
                    continue;
                }

                // A holder is told nothing: it renews nothing, so there is no answer to tell it in.
                if (existing.IsLeased)
                    detachments.Add(new Detachment(existing, LossCause.TakenOver));
            }

            upserts.Add(new Instance(declaration, _lease, lease?.Ttl ?? TimeSpan.Zero, Owner, incarnation: 0, isSuspect: false, _holder));
        }

        if (current.Instances.Length + added > context.Limits.InstancesPerApplication && added > 0)
        {
            return Decision.Refuse(new RegistryError(
                ErrorKind.ResourceExhausted,
                ErrorReasons.LimitInstances,
                $"instances: {Application} has {current.Instances.Length} instances and may have {context.Limits.InstancesPerApplication}",
                "instances"));
        }

        if (upserts.Count > 1)
            upserts.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
        var change = new ApplicationChange { Application = Application, Upserts = upserts.DrainToImmutable(), BuildsAdded = buildsAdded };
        return Decision.Make(change, change.Upserts.IsEmpty ? null : lease, detachments.DrainToImmutable());
    }

    private RegistryError? CheckLease(DecisionContext context, out Lease? lease) =>
        !context.Leases.TryGet(_lease, out lease) || lease.Word.State == LeaseState.Expired ? RegistryError.LeaseUnknown("lease_id")
        : lease.Owner != Owner ? RegistryError.OwnerMismatch("lease_id")
        : null;

    private bool IsKnown(string buildId, ApplicationSnapshot current)
    {
        if (buildId.Length == 0 || current.FindBuild(buildId) is not null)
            return true;
        foreach (var declared in _builds)
        {
            if (declared.Build.Id == buildId)
                return true;
        }

        return false;
    }

    internal static RegistryError UnknownBuild(string buildId, string field) =>
        new(ErrorKind.NotFound, ErrorReasons.BuildUnknown, $"{field}: the application has not declared build {buildId}", field);
}
