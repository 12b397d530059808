using Perfolizer.Horology;

namespace Registry.Benchmarks;

/// <summary>
/// Counts the processor time of this process, all its threads and the garbage collector's included, in place of the time on the wall: on a
/// machine that others use as well, it is what stays when their share is taken away. Waiting does not count.
/// </summary>
public sealed class ProcessorClock : IClock
{
    public string Title => "processor time";

    public bool IsAvailable => true;

    public Frequency Frequency { get; } = new(TimeSpan.TicksPerSecond);

    public long GetTimestamp() => Environment.CpuUsage.TotalTime.Ticks;
}
