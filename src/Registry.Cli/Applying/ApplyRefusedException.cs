using Registry.Client.Connecting;

namespace Registry.Cli.Applying;

/// <summary>The server refuses an application of the manifest, and would refuse it again.</summary>
/// <param name="fault">Why; its field is a path of the manifest.</param>
internal sealed class ApplyRefusedException(RegistryFault fault) : Exception(fault.Message)
{
    public RegistryFault Fault { get; } = fault;
}
