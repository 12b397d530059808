using System.CommandLine;

namespace Registry.Cli.Once;

/// <summary>Who keeps what is registered without a lease.</summary>
internal static class HolderOption
{
    public static Option<string?> Create(string byDefault) => new("--holder")
    {
        Description = $"With --once: the name under which the instances are kept. Default: {byDefault}.",
        HelpName = "name",
    };
}
