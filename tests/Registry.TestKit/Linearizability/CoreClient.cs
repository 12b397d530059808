using System.Collections.Immutable;
using Registry.Core;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Leases;
using Registry.Core.Naming;
using Registry.TestKit.Core;
using Registry.TestKit.Time;

namespace Registry.TestKit.Linearizability;

/// <summary>
/// The real core through its public face, on a clock that stands still until it is driven. Instances 0, 1, 2, ... live in two
/// applications by turns.
/// </summary>
public sealed class CoreClient : IRegistryClient, IDisposable
{
    /// <summary>The TTL of all leases.</summary>
    public static readonly TimeSpan Ttl = TimeSpan.FromSeconds(1);

    private const string ContentKey = "content";

    private readonly DrivenClock _clock = new();
    private readonly ServiceRegistry _registry;

    // Replaced whole when a lease is granted, so that readers need no lock.
    private ImmutableArray<LeaseId> _leases = [];

    public CoreClient(int stripes)
    {
        var options = new RegistryOptions { Stripes = stripes };
        // What the protection holds back is shown by tests of its own; here leases are to end.
        options.Leases.ProtectionShare = 1;
        options.Leases.ScanInterval = TimeSpan.FromMilliseconds(50);
        _registry = new ServiceRegistry(options, _clock);
        _registry.Start();
    }

    public long Clock => _clock.Elapsed.Ticks;

    public int Grant()
    {
        var id = Complete(_registry.GrantLeaseAsync(Ttl, "", CancellationToken.None)).Id;
        ImmutableArray<LeaseId> seen;
        do
            seen = _leases;
        while (ImmutableInterlocked.InterlockedCompareExchange(ref _leases, seen.Add(id), seen) != seen);
        return seen.Length;
    }

    public bool HasEnded(int lease) => !_registry.Leases.TryGet(_leases[lease], out _);

    public void Advance(TimeSpan by) => _clock.Advance(by);

    public RegistryOperation Do(int instance, RegistryOperation asked)
    {
        ArgumentNullException.ThrowIfNull(asked);
        var application = Given.Name(instance % 2 == 0 ? "orders" : "billing");
        var id = $"i{instance}";
        return asked.Action switch
        {
            RegistryAction.Register => Register(application, id, asked),
            RegistryAction.Update => Answered(asked, Complete(_registry.ExecuteAsync(new UpdateCommand(application, "", [Patch(id, asked)]), CancellationToken.None))),
            RegistryAction.Deregister => Deregister(application, id, asked),
            RegistryAction.Resolve => Resolve(application, id, asked),
            RegistryAction.Renew => asked with
            {
                Answer = _registry.RenewLease(_leases[asked.Lease], "").Refusal is { } refusal ? AnswerOf(refusal) : RegistryAnswer.Done,
            },
            _ => throw new ArgumentException($"not a client's: {asked}", nameof(asked)),
        };
    }

    public void Dispose() => _registry.Dispose();

    private RegistryOperation Register(QualifiedName application, string id, RegistryOperation asked)
    {
        var declaration = Given.Instance(id) with { Metadata = [KeyValuePair.Create(ContentKey, asked.Content)] };
        var outcome = Complete(_registry.ExecuteAsync(new RegisterCommand(application, "", _leases[asked.Lease], [declaration], []), CancellationToken.None));
        if (outcome.Refusal is not null || !outcome.Application!.TryGetInstance(id, out var instance))
            return Answered(asked, outcome);
        return asked with { Answer = RegistryAnswer.Done, Incarnation = instance.Incarnation, Revision = instance.Revision };
    }

    private RegistryOperation Deregister(QualifiedName application, string id, RegistryOperation asked)
    {
        var outcome = Complete(_registry.ExecuteAsync(new DeregisterCommand(application, "", [new InstanceRef(id, asked.Meant)], null), CancellationToken.None));
        return outcome is { Refusal: null, Removed: 0 } ? asked with { Answer = RegistryAnswer.NotThere } : Answered(asked, outcome);
    }

    private RegistryOperation Resolve(QualifiedName application, string id, RegistryOperation asked)
    {
        // Both ways of reading, by turns: one name as it stands, and a read of many at one revision.
        var read = asked.Clock % 2 == 0
            ? _registry.ReadApplication(application)
            : _registry.ReadTogether([], [application, Given.Name("nobody")]).Applications.Single(a => a.Name == application);
        return read.TryGetInstance(id, out var instance)
            ? asked with
            {
                Answer = RegistryAnswer.Done,
                Incarnation = instance.Incarnation,
                Revision = instance.Revision,
                Content = instance.Declaration.Metadata.Single(m => m.Key == ContentKey).Value,
            }
            : asked with { Answer = RegistryAnswer.NotThere };
    }

    private static InstancePatch Patch(string id, RegistryOperation asked) =>
        new() { Instance = new InstanceRef(id, asked.Meant), SetMetadata = [KeyValuePair.Create(ContentKey, asked.Content)] };

    private static RegistryOperation Answered(RegistryOperation asked, CommandOutcome outcome) => outcome.Refusal is { } refusal
        ? asked with { Answer = AnswerOf(refusal) }
        : asked with { Answer = RegistryAnswer.Done, Revision = outcome.Revision };

    private static RegistryAnswer AnswerOf(RegistryError refusal) => refusal.Reason switch
    {
        ErrorReasons.LeaseUnknown => RegistryAnswer.LeaseUnknown,
        ErrorReasons.InstanceUnknown => RegistryAnswer.NotThere,
        ErrorReasons.IncarnationSuperseded => RegistryAnswer.Superseded,
        _ => throw new InvalidOperationException($"no history expects {refusal}"),
    };

    private static T Complete<T>(ValueTask<T> task)
    {
        if (!task.IsCompleted)
            throw new InvalidOperationException("in memory everything completes at once");
#pragma warning disable VSTHRD002 // It is complete.
        return task.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
