namespace NBomber.Contracts;

/// <summary>A part of a scenario's load. Made by <see cref="CSharp.Simulation"/>. Immutable.</summary>
public abstract record LoadSimulation
{
    private protected LoadSimulation(TimeSpan during) => During = during;

    internal TimeSpan During { get; }
}
