using System.Diagnostics;

namespace Registry.Client.Telemetry;

/// <summary>The names under which the client tells what it does: add them to OpenTelemetry's meters and sources.</summary>
public static class RegistryTelemetry
{
    /// <summary>The name of the meter and of the activity source: <c>Registry.Client</c>.</summary>
    public const string Name = "Registry.Client";

    internal static ActivitySource Activities { get; } = new(Name);
}
