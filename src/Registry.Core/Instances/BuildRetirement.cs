using System.Collections.Concurrent;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Naming;

namespace Registry.Core.Instances;

/// <summary>
/// Takes builds out of the mapping that had no instance for the retention time. Holds no lock: what it sends names the revision
/// since which the build was unused, and is refused if that has moved.
/// </summary>
internal sealed class BuildRetirement(ICommandOrder order, TimeProvider time, TimeSpan retention)
{
    // All wait equally long, so the order of arrival is the order in which they are due.
    private readonly ConcurrentQueue<(QualifiedName Application, string Build, long UnusedSince, long Seen)> _idle = new();

    /// <summary>How many builds are waiting.</summary>
    public int Waiting => _idle.Count;

    /// <summary>Notes a build that has no instance now. Thread safe.</summary>
    public void Add(QualifiedName application, BuildUse use) => _idle.Enqueue((application, use.Build.Id, use.UnusedSince, time.GetTimestamp()));

    /// <summary>Notes the builds that have no instance as the registry starts.</summary>
    public void AddIdle(IEnumerable<ApplicationSnapshot> applications)
    {
        foreach (var application in applications)
        {
            foreach (var use in application.Builds)
            {
                if (use.Instances == 0)
                    Add(application.Name, use);
            }
        }
    }

    /// <summary>One run. Never two at a time.</summary>
    public async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        while (_idle.TryPeek(out var idle) && time.GetElapsedTime(idle.Seen) >= retention)
        {
            var command = new RetireBuildCommand(idle.Application, idle.Build, idle.UnusedSince);
            if ((await order.ExecuteAsync(command, cancellationToken).ConfigureAwait(false)).Refusal is not null)
                return;
            _idle.TryDequeue(out _);
        }
    }
}
