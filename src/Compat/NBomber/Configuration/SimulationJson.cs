using System.Text.Json;
using NBomber.Contracts;
using NBomber.CSharp;

namespace NBomber.Configuration;

/// <summary>Load simulations in JSON: an object with one field, the simulation, whose value has its arguments in order.</summary>
internal static class SimulationJson
{
    public static LoadSimulation Parse(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Count() != 1)
            throw JsonFields.Wrong(path, "is no object with one simulation, such as {\"KeepConstant\": [10, \"00:00:30\"]}");
        var field = value.EnumerateObject().Single();
        path = $"{path}.{field.Name}";

        // A pause has one argument, with or without an array around it.
        var items = field is { Name: "Pause", Value.ValueKind: JsonValueKind.String }
            ? [(field.Value, path)]
            : JsonFields.ItemsOf(field.Value, path);

        int Number(int i) => JsonFields.NumberOf(items[i].Value, items[i].Path);
        TimeSpan Time(int i) => JsonFields.TimeOf(items[i].Value, items[i].Path);
        LoadSimulation Of(int arguments, string names, Func<LoadSimulation> make) =>
            items.Count == arguments ? make() : throw JsonFields.Wrong(path, $"takes [{names}]");

        return field.Name switch
        {
            "RampingConstant" => Of(2, "copies, during", () => Simulation.RampingConstant(Number(0), Time(1))),
            "KeepConstant" => Of(2, "copies, during", () => Simulation.KeepConstant(Number(0), Time(1))),
            "RampingInject" => Of(3, "rate, interval, during", () => Simulation.RampingInject(Number(0), Time(1), Time(2))),
            "Inject" => Of(3, "rate, interval, during", () => Simulation.Inject(Number(0), Time(1), Time(2))),
            "InjectRandom" => Of(
                4, "minRate, maxRate, interval, during", () => Simulation.InjectRandom(Number(0), Number(1), Time(2), Time(3))),
            "Pause" => Of(1, "during", () => Simulation.Pause(Time(0))),
            _ => throw JsonFields.Wrong(
                path,
                "is no simulation that is known; known are RampingConstant, KeepConstant, RampingInject, Inject, InjectRandom and Pause"),
        };
    }
}
