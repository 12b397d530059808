using System.Collections.Immutable;
using Registry.Core.Instances;
using Registry.Core.Naming;

namespace Registry.Core.Changes.Commands;

/// <summary>Changes parts of instances that are there, all or none.</summary>
public sealed class UpdateCommand : Command
{
    private readonly ImmutableArray<InstancePatch> _patches;

    /// <param name="application">The application.</param>
    /// <param name="owner">The identity that changes.</param>
    /// <param name="patches">1 to 64, ids all different.</param>
    public UpdateCommand(QualifiedName application, string owner, ImmutableArray<InstancePatch> patches)
        : base(application, owner)
    {
        _patches = patches;
    }

    // What is logged are the whole instances, patched.
    private protected override int Measure() => base.Measure() + (_patches.Length * InstanceRules.MaxInstanceSize / 4);

    internal override RegistryError? Validate()
    {
        if (CheckCount("instances", _patches.Length, 1, MaxInstances) is { } count)
            return count;
        for (var i = 0; i < _patches.Length; i++)
        {
            if (_patches[i].Validate() is { } bad)
                return bad.At($"instances[{i}]");
        }

        return InstanceRules.CheckDifferent(_patches, static p => p.Instance.Id) ?? base.Validate();
    }

    internal override Decision Decide(ApplicationSnapshot current, DecisionContext context)
    {
        var upserts = ImmutableArray.CreateBuilder<Instance>(_patches.Length);
        for (var i = 0; i < _patches.Length; i++)
        {
            var patch = _patches[i];
            var refusal = Check(patch, current, out var instance, out var declaration);
            if (refusal is not null)
                return Decision.Refuse(refusal.At($"instances[{i}]"));
            if (!declaration!.Equals(instance!.Declaration))
                upserts.Add(instance.With(declaration));
        }

        upserts.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
        return Decision.Make(new ApplicationChange { Application = Application, Upserts = upserts.DrainToImmutable() });
    }

    private RegistryError? Check(InstancePatch patch, ApplicationSnapshot current, out Instance? instance, out InstanceDeclaration? declaration)
    {
        declaration = null;
        if (!current.TryGetInstance(patch.Instance.Id, out instance))
            return UnknownInstance(patch.Instance);
        if ((CheckOwner(instance) ?? patch.Instance.CheckIncarnation(instance)) is { } refusal)
            return refusal;
        if (!patch.Instance.Means(instance))
            return UnknownInstance(patch.Instance);
        if (patch.BuildId is { Length: > 0 } build && current.FindBuild(build) is null)
            return RegisterCommand.UnknownBuild(build, "build_id");

        declaration = patch.ApplyTo(instance.Declaration);
        return InstanceRules.CheckSize(declaration) ?? InstanceRules.CheckMetadata("metadata", declaration.Metadata.AsSpan());
    }

    private RegistryError UnknownInstance(InstanceRef instance) =>
        new(ErrorKind.NotFound, ErrorReasons.InstanceUnknown, $": {Application} has no instance {instance.Id} of that incarnation", "");
}
