namespace Registry.Core.Instances;

/// <summary>Limits that keep one client from taking the room of all others.</summary>
public sealed class LimitOptions
{
    /// <summary>Instances of one application. Default 10,000; 1 to 1,000,000.</summary>
    public int InstancesPerApplication { get; set; } = 10_000;

    /// <summary>Builds that one application has declared at a time. Default 256; 1 to 10,000.</summary>
    public int BuildsPerApplication { get; set; } = 256;

    /// <summary>
    /// How long a build without instances stays mapped. Default 10 minutes; 0 (it leaves at once) to 7 days. Longer than a
    /// restart takes, or each restart of a one-instance application makes all its mappings flap.
    /// </summary>
    public TimeSpan BuildRetention { get; set; } = TimeSpan.FromMinutes(10);

    internal void Validate(List<string> errors)
    {
        RegistryOptions.CheckRange(errors, "Limits:InstancesPerApplication", InstancesPerApplication, 1, 1_000_000);
        RegistryOptions.CheckRange(errors, "Limits:BuildsPerApplication", BuildsPerApplication, 1, 10_000);
        RegistryOptions.CheckRange(errors, "Limits:BuildRetention", BuildRetention, TimeSpan.Zero, TimeSpan.FromDays(7));
    }
}
