using Registry.Protocol.V1;

namespace Registry.Cli.Output;

/// <summary>States as the protocol's documents write them.</summary>
internal static class StateName
{
    public static string Of(InstanceState state) => state switch
    {
        InstanceState.Up => "UP",
        InstanceState.Draining => "DRAINING",
        InstanceState.Suspect => "SUSPECT",
        InstanceState.Down => "DOWN",
        // A state of a later version reads as not specified.
        _ => "UNSPECIFIED",
    };
}
