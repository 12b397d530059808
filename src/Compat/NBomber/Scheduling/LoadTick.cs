namespace NBomber.Scheduling;

/// <summary>What the load is to be for a short while.</summary>
/// <param name="Name">The simulation.</param>
/// <param name="Start">When, from the start of the load.</param>
/// <param name="End">Until when.</param>
/// <param name="Kind">What the value means.</param>
/// <param name="Value">Copies, or iterations to start.</param>
internal readonly record struct LoadTick(string Name, TimeSpan Start, TimeSpan End, LoadKind Kind, int Value);

internal enum LoadKind
{
    Copies,
    Iterations,
    Pause,
}
