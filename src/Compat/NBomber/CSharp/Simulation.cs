using NBomber.Contracts;
using NBomber.Scheduling;

namespace NBomber.CSharp;

/// <summary>
/// Makes load simulations. Closed ones keep a number of copies busy: a slow server lowers the rate. Open ones start iterations at a
/// rate: a slow server raises the number of copies. A scenario has one or the other, with pauses in between where it wants.
/// Durations are at least 1 s, intervals are positive and at most the duration, numbers are not negative; what does not hold is refused
/// when the test runs.
/// </summary>
public static class Simulation
{
    /// <summary>Closed: copies go linearly from what the simulation before had to this many, once a second, in whole percents.</summary>
    /// <param name="copies">How many in the end.</param>
    /// <param name="during">For how long.</param>
    public static LoadSimulation RampingConstant(int copies, TimeSpan during) => new ClosedLoad(copies, during, Ramps: true);

    /// <summary>Closed: so many copies, each of which runs one iteration after the other.</summary>
    /// <param name="copies">How many.</param>
    /// <param name="during">For how long.</param>
    public static LoadSimulation KeepConstant(int copies, TimeSpan during) => new ClosedLoad(copies, during, Ramps: false);

    /// <summary>Open: the rate goes linearly from that of the simulation before to this one, each interval, in whole percents.</summary>
    /// <param name="rate">Iterations per interval in the end.</param>
    /// <param name="interval">The interval.</param>
    /// <param name="during">For how long.</param>
    public static LoadSimulation RampingInject(int rate, TimeSpan interval, TimeSpan during) =>
        new OpenLoad(rate, rate, interval, during, OpenShape.Ramp);

    /// <summary>Open: so many iterations start in every interval, each at a random moment of it.</summary>
    /// <param name="rate">Iterations per interval.</param>
    /// <param name="interval">The interval.</param>
    /// <param name="during">For how long.</param>
    public static LoadSimulation Inject(int rate, TimeSpan interval, TimeSpan during) =>
        new OpenLoad(rate, rate, interval, during, OpenShape.Constant);

    /// <summary>Open: a random number of iterations starts in every interval.</summary>
    /// <param name="minRate">The least per interval.</param>
    /// <param name="maxRate">More than the most per interval.</param>
    /// <param name="interval">The interval.</param>
    /// <param name="during">For how long.</param>
    public static LoadSimulation InjectRandom(int minRate, int maxRate, TimeSpan interval, TimeSpan during) =>
        new OpenLoad(minRate, maxRate, interval, during, OpenShape.Random);

    /// <summary>Nothing starts for a while; copies of closed simulations stop. Rates do not count this time.</summary>
    /// <param name="during">For how long.</param>
    public static LoadSimulation Pause(TimeSpan during) => new PauseLoad(during);
}
