namespace Registry.TestKit.Guarantees.Recording;

/// <summary>Topics as recordings write them: "interface default/x.A", "application default/orders".</summary>
public static class TopicName
{
    private const string InterfacePrefix = "interface ";

    public static string Interface(string @namespace, string name) => $"{InterfacePrefix}{@namespace}/{name}";

    public static string Application(string @namespace, string name) => $"application {@namespace}/{name}";

    public static bool IsInterface(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return topic.StartsWith(InterfacePrefix, StringComparison.Ordinal);
    }

    /// <summary>The topic of an application that an interface maps to.</summary>
    public static string ApplicationOf(string interfaceTopic, string application)
    {
        ArgumentNullException.ThrowIfNull(interfaceTopic);
        var @namespace = interfaceTopic[InterfacePrefix.Length..interfaceTopic.IndexOf('/', StringComparison.Ordinal)];
        return Application(@namespace, application);
    }
}
