namespace NBomber.Counting;

internal sealed class StepMeasurements(string name, int order)
{
    public string Name { get; } = name;

    public int Order { get; } = order;

    public Measurements All { get; } = new();
}
