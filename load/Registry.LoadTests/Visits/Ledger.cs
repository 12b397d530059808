using System.Collections.Concurrent;
using Registry.Protocol.V1;

namespace Registry.LoadTests.Visits;

/// <summary>
/// What the server has acknowledged, and so must have: the audit at the end holds the server to it. Thread safe.
/// </summary>
/// <remarks>
/// It is written by thousands of clients at the same time, which is what load tools got wrong before: the one in Agones counted in a plain
/// map and with plain increments, lost counts, and crashed in the end. Here each thing is one queue or one interlocked number.
/// </remarks>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<int, Registered> _registered = new();
    private readonly ConcurrentQueue<Write> _writes = new();
    private int _unknown;

    /// <summary>Registrations that were acknowledged and not taken back.</summary>
    public IReadOnlyCollection<Registered> Standing => [.. _registered.Values.Where(r => !r.HasLeft)];

    /// <summary>Registrations that were acknowledged and taken back, acknowledged as well.</summary>
    public IReadOnlyCollection<Registered> Left => [.. _registered.Values.Where(r => r.HasLeft)];

    /// <summary>Every change that was acknowledged, in no order.</summary>
    public IReadOnlyCollection<Write> Writes => _writes;

    /// <summary>Changes of which it is not known whether they were made.</summary>
    public int Unknown => Volatile.Read(ref _unknown);

    public void Acknowledge(Registered registered, Write write)
    {
        _registered[registered.Number] = registered;
        _writes.Enqueue(write);
    }

    public void Acknowledge(Write write) => _writes.Enqueue(write);

    public void AcknowledgeLeaving(Registered registered, Write write)
    {
        _registered[registered.Number] = registered with { HasLeft = true };
        _writes.Enqueue(write);
    }

    /// <summary>A change was asked for, and no answer came.</summary>
    /// <param name="number">The registration that is neither expected nor a ghost from now on; null: none is concerned.</param>
    public void Lose(int? number)
    {
        Interlocked.Increment(ref _unknown);
        if (number is { } known)
            _registered.TryRemove(known, out _);
    }
}

/// <summary>An application that a client registered for an interface that many share.</summary>
/// <param name="Number">The visit's.</param>
/// <param name="Application">Its name.</param>
/// <param name="Instance">Its one instance.</param>
/// <param name="Interfaces">What it serves.</param>
/// <param name="HasLeft">It has taken its lease back.</param>
internal sealed record Registered(int Number, string Application, string Instance, string[] Interfaces, bool HasLeft);

/// <summary>One acknowledged change of one application.</summary>
/// <param name="Revision">The server's.</param>
/// <param name="Application">What was changed.</param>
/// <param name="Instance">The instance as it is from then on; null: it is gone.</param>
/// <param name="Interfaces">The interfaces of the build that was declared with it; null: none was.</param>
internal sealed record Write(long Revision, string Application, Instance? Instance, string[]? Interfaces);
