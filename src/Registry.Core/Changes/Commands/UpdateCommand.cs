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
    internal override int Size => base.Size + (_patches.Length * InstanceRules.MaxInstanceSize / 4);

    internal override RegistryError? Validate()
    {
        if (CheckCount("instances", _patches.Length, 1, MaxInstances) is { } count)
            return count;
        for (var i = 0; i < _patches.Length; i++)
        {
            if (_patches[i].Validate($"instances[{i}]") is { } bad)
                return bad;
        }

        return InstanceRules.CheckDifferent(_patches.Select(p => p.Instance.Id)) ?? base.Validate();
    }

    internal override Decision Decide(ApplicationSnapshot current, DecisionContext context)
    {
        var upserts = ImmutableArray.CreateBuilder<Instance>(_patches.Length);
        for (var i = 0; i < _patches.Length; i++)
        {
            var field = $"instances[{i}]";
            var patch = _patches[i];
            if (!current.TryGetInstance(patch.Instance.Id, out var instance))
                return Decision.Refuse(UnknownInstance(field, patch.Instance));
            if ((CheckOwner(instance, field) ?? patch.Instance.CheckIncarnation(instance, field)) is { } refusal)
                return Decision.Refuse(refusal);
            if (!patch.Instance.Means(instance))
                return Decision.Refuse(UnknownInstance(field, patch.Instance));
            if (patch.BuildId is { Length: > 0 } build && current.FindBuild(build) is null)
                return Decision.Refuse(RegisterCommand.UnknownBuild(build, $"{field}.build_id"));

            var declaration = patch.ApplyTo(instance.Declaration);
            if ((InstanceRules.CheckSize(field, declaration) ?? InstanceRules.CheckMetadata($"{field}.metadata", declaration.Metadata.AsSpan())) is { } tooMuch)
                return Decision.Refuse(tooMuch);
            if (!declaration.Equals(instance.Declaration))
                upserts.Add(instance.With(declaration));
        }

        upserts.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
        return Decision.Make(new ApplicationChange { Application = Application, Upserts = upserts.DrainToImmutable() });
    }

    private RegistryError UnknownInstance(string field, InstanceRef instance) =>
        new(ErrorKind.NotFound, ErrorReasons.InstanceUnknown, $"{field}: {Application} has no instance {instance.Id} of that incarnation", field);
}
