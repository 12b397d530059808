using Spectre.Console;

namespace Registry.Cli.Output;

/// <summary>The colours of the states, the same wherever a state is shown.</summary>
internal static class StateStyle
{
    public static Style Of(string text) => text switch
    {
        "UP" => new Style(Color.Green),
        "DRAINING" => new Style(Color.Blue),
        "SUSPECT" => new Style(Color.Yellow),
        "DOWN" => new Style(Color.Red),
        _ => Style.Plain,
    };
}
