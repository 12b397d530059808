using System.Globalization;
using Registry.Core.Instances;
using Registry.Core.Mapping;
using Registry.Core.Naming;

namespace Registry.Benchmarks.Locking;

/// <summary>
/// What is in the tables at the start: as many applications as interfaces. Each application has two instances, and interface n maps to
/// the applications n and n + 1. Immutable.
/// </summary>
internal sealed class Population
{
    /// <summary>The revision of everything that is there at the start.</summary>
    public const long StartRevision = 1;

    // So many applications come and go with a second build; which is enough that their writers rarely meet, and builds have a hash.
    private const int MaxMovable = 4_096;

    // So many different builds the applications have in the beginning. They never leave, so nobody looks at what they serve, and a
    // hundred processes need not compute half a million hashes each.
    private const int Builds = 1_024;

    private readonly Build[] _movable;
    private readonly int _stride;

    public Population(int entries)
    {
        Count = entries / 2;
        Interfaces = Names("orders.v1.Orders");
        ApplicationNames = Names("orders-");
        var builds = Enumerable.Range(0, Builds).Select(static i => Build.Of([$"orders.v1.Build{i}"])).ToArray();
        var uses = builds.Select(static b => new BuildUse(b, Write.InstanceIds.Length, unusedSince: 0)).ToArray();
        var declarations = builds.Select(static b => Write.InstanceIds.Select(id => Declare(id, b)).ToArray()).ToArray();
        Applications = new ApplicationSnapshot[Count];
        Mappings = new MappingSnapshot[Count];
        for (var i = 0; i < Count; i++)
        {
            var after = (i + 1) % Count;
            Applications[i] = MakeApplication(ApplicationNames[i], uses[i % Builds], declarations[i % Builds]);
            Mappings[i] = MakeMapping(
                Interfaces[i], [(ApplicationNames[i], builds[i % Builds]), (ApplicationNames[after], builds[after % Builds])]);
        }

        // In pairs: two neighbours whose second build serves the same one interface, so that two applications change one mapping.
        MovableCount = Math.Min(MaxMovable, Count / 2 * 2);
        _stride = Count / MovableCount * 2;
        _movable = new Build[MovableCount / 2];
        for (var i = 0; i < _movable.Length; i++)
            _movable[i] = Build.Of([Interfaces[i * _stride].Name]);
    }

    /// <summary>How many applications, and how many interfaces.</summary>
    public int Count { get; }

    public QualifiedName[] Interfaces { get; }

    public QualifiedName[] ApplicationNames { get; }

    public ApplicationSnapshot[] Applications { get; }

    public MappingSnapshot[] Mappings { get; }

    /// <summary>How many applications have a second build that comes and goes.</summary>
    public int MovableCount { get; }

    /// <summary>The application at one place among those with a second build, that build, and the interface that it serves.</summary>
    public (int Application, Build Build, int Interface) Movable(int place)
    {
        var pair = place / 2;
        return ((pair * _stride) + (place & 1), _movable[pair], pair * _stride);
    }

    private static InstanceDeclaration Declare(string id, Build build) =>
        new() { Id = id, Endpoints = [new EndpointAddress("grpc", "10.0.0.1", 8080)], BuildId = build.Id };

    private static ApplicationSnapshot MakeApplication(QualifiedName name, BuildUse use, InstanceDeclaration[] declarations)
    {
        var application = new ApplicationSnapshot(name, [.. declarations.Select(MakeInstance)], [use]);
        application.Stamp(StartRevision);
        return application;
    }

    private static Instance MakeInstance(InstanceDeclaration declaration)
    {
        var instance = new Instance(declaration, default, TimeSpan.FromSeconds(15), owner: "", incarnation: 0, isSuspect: false);
        instance.Stamp(StartRevision);
        return instance;
    }

    private static MappingSnapshot MakeMapping(QualifiedName name, (QualifiedName Name, Build Build)[] applications)
    {
        Array.Sort(applications, static (a, b) => string.CompareOrdinal(a.Name.Name, b.Name.Name));
        var mapping = new MappingSnapshot(name, [.. applications.Select(a => new MappedApplication(a.Name.Name, [a.Build.Id]))]);
        mapping.Stamp(StartRevision);
        return mapping;
    }

    private QualifiedName[] Names(string prefix)
    {
        var names = new QualifiedName[Count];
        for (var i = 0; i < Count; i++)
            names[i] = new QualifiedName(QualifiedName.Default, prefix + i.ToString("D7", CultureInfo.InvariantCulture));
        return names;
    }
}
