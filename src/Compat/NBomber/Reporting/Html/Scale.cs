namespace NBomber.Reporting.Html;

/// <summary>A linear axis from zero to something round, with a handful of ticks.</summary>
internal sealed class Scale
{
    public Scale(double highest, double length, int ticks = 4)
    {
        Step = Round(highest <= 0 ? 1.0 / ticks : highest / ticks);
        Top = highest <= 0 ? 1 : Math.Ceiling((highest / Step) - 1e-9) * Step;
        Length = length;
    }

    public double Step { get; }

    public double Top { get; }

    public double Length { get; }

    public IEnumerable<double> Ticks
    {
        get
        {
            for (var i = 0; i * Step <= Top + (Step / 2); i++)
                yield return i * Step;
        }
    }

    public double Of(double value) => value / Top * Length;

    // The next of 1, 2, 2.5, 5, 10 times a power of ten.
    private static double Round(double raw)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        foreach (var factor in (double[])[1, 2, 2.5, 5])
        {
            if (raw <= factor * power * (1 + 1e-9))
                return factor * power;
        }

        return 10 * power;
    }
}
