using System.Collections.Immutable;
using Registry.Core.Naming;
using Registry.Core.Tables;
using Registry.Core.Watching;

namespace Registry.Core.Mapping;

/// <summary>Which applications serve one interface at one revision. Immutable once published. Thread safe.</summary>
public sealed class MappingSnapshot : TopicSnapshot
{
    internal MappingSnapshot(QualifiedName name, ImmutableArray<MappedApplication> applications)
        : base(Topic.OfInterface(name), applications.IsEmpty)
    {
        Applications = applications;
    }

    /// <summary>The interface's name.</summary>
    public QualifiedName Name => Topic.Name;

    /// <summary>The applications that serve it, in ordinal order of their names.</summary>
    public ImmutableArray<MappedApplication> Applications { get; }

    /// <inheritdoc/>
    public override int Count => Applications.Length;

    internal static MappingSnapshot Absent(QualifiedName name) => new(name, []);

    internal MappedApplication? Find(string application)
    {
        var index = Sorted.IndexOf(Applications, application, static a => a.Application);
        return index >= 0 ? Applications[index] : null;
    }

    /// <summary>The mapping after one application's edit, and the step to it (null after an absence: then the whole is the step).</summary>
    internal (MappingSnapshot Next, MappingDelta? Delta) With(string application, MappingEdit edit)
    {
        var builds = Sorted.Merge(Find(application)?.Builds ?? [], edit.Added, edit.Removed, static id => id);
        ImmutableArray<MappedApplication> upserts = builds.IsEmpty ? [] : [new MappedApplication(application, builds)];
        ImmutableArray<string> removals = builds.IsEmpty ? [application] : [];
        var next = new MappingSnapshot(Name, Sorted.Merge(Applications, upserts, removals, static a => a.Application));
        return (next, IsAbsent ? null : new MappingDelta(Name, Revision, upserts, removals));
    }
}
