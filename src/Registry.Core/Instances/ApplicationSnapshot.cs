using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Registry.Core.Naming;
using Registry.Core.Tables;
using Registry.Core.Watching;

namespace Registry.Core.Instances;

/// <summary>The instances and builds of one application at one revision. Immutable once published. Thread safe.</summary>
public sealed class ApplicationSnapshot : TopicSnapshot
{
    internal ApplicationSnapshot(QualifiedName name, ImmutableArray<Instance> instances, ImmutableArray<BuildUse> builds, int unleased = 0)
        : base(Topic.OfApplication(name), instances.IsEmpty && builds.IsEmpty)
    {
        Instances = instances;
        Builds = builds;
        UnleasedCount = unleased;
    }

    /// <summary>The application's name.</summary>
    public QualifiedName Name => Topic.Name;

    /// <summary>Its instances in ordinal order of their ids.</summary>
    public ImmutableArray<Instance> Instances { get; }

    /// <inheritdoc/>
    public override int Count => Instances.Length;

    /// <summary>How many of its instances are up.</summary>
    public int UpCount => Instances.Count(static i => i.State == InstanceState.Up);

    /// <summary>How many of its instances hang on no lease. Carried from change to change: the expiry asks for each lease.</summary>
    internal int UnleasedCount { get; }

    /// <summary>How many builds it has declared.</summary>
    public int BuildCount => Builds.Length;

    /// <summary>The builds that it has declared, in ordinal order of their ids.</summary>
    internal ImmutableArray<BuildUse> Builds { get; }

    internal static ApplicationSnapshot Absent(QualifiedName name) => new(name, [], []);

    /// <summary>Finds an instance by its id.</summary>
    public bool TryGetInstance(string id, [NotNullWhen(true)] out Instance? instance)
    {
        var index = Sorted.IndexOf(Instances, id, static i => i.Id);
        instance = index >= 0 ? Instances[index] : null;
        return instance is not null;
    }

    internal BuildUse? FindBuild(string id)
    {
        var index = Sorted.IndexOf(Builds, id, static b => b.Build.Id);
        return index >= 0 ? Builds[index] : null;
    }
}
