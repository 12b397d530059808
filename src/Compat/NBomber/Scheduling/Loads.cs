using NBomber.Contracts;

namespace NBomber.Scheduling;

/// <summary>A number of copies that are kept busy.</summary>
internal sealed record ClosedLoad(int Copies, TimeSpan During, bool Ramps) : LoadSimulation(During);

/// <summary>A rate at which iterations start.</summary>
internal sealed record OpenLoad(int MinRate, int MaxRate, TimeSpan Interval, TimeSpan During, OpenShape Shape) : LoadSimulation(During);

/// <summary>Nothing for a while.</summary>
internal sealed record PauseLoad(TimeSpan During) : LoadSimulation(During);

/// <summary>How the rate of an open load comes about.</summary>
internal enum OpenShape
{
    Constant,
    Ramp,
    Random,
}
