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
    internal (MappingSnapshot Next, MappingDelta? Delta) With(MappingEdit edit)
    {
        ReadOnlySpan<string> before = Find(edit.Application) is { } mapped ? mapped.Builds.AsSpan() : [];
        var builds = ImmutableArray.CreateBuilder<string>(before.Length + edit.Added.Count);
        foreach (var build in before)
        {
            if (!edit.Removed.Contains(build) && !edit.Added.Contains(build))
                builds.Add(build);
        }

        builds.AddRange(edit.Added);
        builds.Sort(StringComparer.Ordinal);

        ImmutableArray<MappedApplication> upserts = builds.Count > 0 ? [new MappedApplication(edit.Application, builds.DrainToImmutable())] : [];
        ImmutableArray<string> removals = upserts.IsEmpty ? [edit.Application] : [];
        var next = new MappingSnapshot(Name, Sorted.Merge(Applications, upserts.AsSpan(), removals.AsSpan(), static a => a.Application));
        return (next, IsAbsent ? null : new MappingDelta(Name, Revision, upserts, removals));
    }
}
