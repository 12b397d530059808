namespace NBomber.Counting;

/// <summary>What ended well and what failed, of a scenario or of a step.</summary>
internal sealed class Measurements
{
    public Outcomes Ok { get; } = new();

    public Outcomes Fail { get; } = new();

    public long Count => Ok.Count + Fail.Count;

    public void Record(in Measured measured) => (measured.IsError ? Fail : Ok).Record(measured);

    public void Add(Measurements other)
    {
        Ok.Add(other.Ok);
        Fail.Add(other.Fail);
    }
}
