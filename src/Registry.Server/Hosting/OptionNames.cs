namespace Registry.Server.Hosting;

/// <summary>
/// What options are called on the command line and in configuration. An option may have been given either way, so whoever
/// speaks about one names both.
/// </summary>
internal static class OptionNames
{
    public const string Grpc = "--grpc";
    public const string Http = "--http";
    public const string Data = "--data";
    public const string Storage = "--storage";
    public const string Insecure = "--insecure";

    private static readonly Dictionary<string, string> ByKey = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Registry:Grpc:Address"] = Grpc,
        ["Registry:Http:Address"] = Http,
        ["Registry:Storage:Directory"] = Data,
        ["Registry:Storage:Mode"] = Storage,
        ["Registry:Insecure"] = Insecure,
    };

    /// <summary>The key that a switch of the command line stands for.</summary>
    public static string KeyOf(string option) => ByKey.First(pair => pair.Value == option).Key;

    /// <summary>The key as people know it: with its switch, if it has one.</summary>
    public static string Of(string key) => ByKey.TryGetValue(key, out var option) ? $"{option} ({key})" : key;
}
