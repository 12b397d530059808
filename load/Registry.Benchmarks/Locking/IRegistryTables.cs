using Registry.Core.Naming;

namespace Registry.Benchmarks.Locking;

/// <summary>One way to let many threads read and change the two tables of the registry. Thread safe.</summary>
internal interface IRegistryTables : ISnapshots, IDisposable
{
    /// <summary>The newest revision that was published.</summary>
    long Revision { get; }

    /// <summary>Fills the empty tables. Before any other call, on one thread.</summary>
    void Load(Population population);

    /// <summary>Finds an interface's mapping and the snapshots of the applications that it names.</summary>
    Resolved Resolve(QualifiedName name);

    /// <summary>
    /// Carries one write out: decides it against the present snapshot, builds the next ones, gives them the next revision and makes
    /// them visible, so that the order of revisions is the order of publication.
    /// </summary>
    /// <returns>The revision.</returns>
    long Write(in Write write);
}

/// <summary>What a resolve found: enough that nothing of it can be left out, and that a step back in time shows.</summary>
/// <param name="MappingRevision">The mapping's revision.</param>
/// <param name="ApplicationRevision">The newest revision of its applications.</param>
/// <param name="Instances">How many instances they have.</param>
internal readonly record struct Resolved(long MappingRevision, long ApplicationRevision, int Instances);
