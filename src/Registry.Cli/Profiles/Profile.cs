namespace Registry.Cli.Profiles;

/// <summary>Settings under a name; what is null is not set by it.</summary>
/// <param name="Where">How to name it in a complaint: the file and the path in it.</param>
/// <param name="Server">Addresses, separated by commas.</param>
/// <param name="Namespace">A namespace.</param>
/// <param name="Output"><c>table</c> or <c>json</c>.</param>
/// <param name="Timeout">A duration.</param>
internal sealed record Profile(string Where, string? Server = null, string? Namespace = null, string? Output = null, string? Timeout = null)
{
    /// <summary>Sets nothing.</summary>
    public static Profile None { get; } = new("");
}
