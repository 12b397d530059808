using System.Collections.Concurrent;

namespace Registry.LoadTests.Visits;

/// <summary>
/// What the server has acknowledged, and so must have: the audit at the end holds the server to it. Thread safe.
/// </summary>
/// <remarks>
/// It is written by thousands of clients at the same time, which is what load tools got wrong before: the one in Agones counted in a plain
/// map and with plain increments, lost counts, and crashed in the end. Here each thing is one entry of a concurrent map, one of a queue, or one interlocked number.
/// </remarks>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<int, Registered> _registered = new();

    /// <summary>Every change that was acknowledged, and what watchers were told of them.</summary>
    public ChangeLog Log { get; } = new();

    /// <summary>Registrations that were acknowledged and not taken back.</summary>
    public IReadOnlyCollection<Registered> Standing => [.. _registered.Values.Where(r => !r.HasLeft)];

    /// <summary>Registrations that were acknowledged and taken back, acknowledged as well.</summary>
    public IReadOnlyCollection<Registered> Left => [.. _registered.Values.Where(r => r.HasLeft)];

    public void Acknowledge(Registered registered, Change change)
    {
        _registered[registered.Number] = registered;
        Log.Add(change);
    }

    public void AcknowledgeLeaving(Registered registered, Change change)
    {
        _registered[registered.Number] = registered with { HasLeft = true };
        Log.Add(change);
    }

    /// <summary>A change was asked for, and no answer came.</summary>
    /// <param name="number">The registration that is neither expected nor a ghost from now on; null: none is concerned.</param>
    public void Lose(int? number)
    {
        Log.Lose();
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
