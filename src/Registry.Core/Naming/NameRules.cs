using System.Buffers;

namespace Registry.Core.Naming;

/// <summary>
/// Which names the registry takes. ASCII alone: two names that look the same are the same, and a name can stand in a log
/// line, a URL path and a file name as it is. The rules are stated for clients in protos/registry/v1/model.proto.
/// </summary>
public static class NameRules
{
    /// <summary>The longest namespace, application name, zone or instance id, in characters.</summary>
    public const int MaxNameLength = 128;

    /// <summary>The longest interface name, in characters.</summary>
    public const int MaxInterfaceLength = 256;

    private const string LettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly SearchValues<char> FirstCharacters = SearchValues.Create(LettersAndDigits);
    private static readonly SearchValues<char> FirstOfInstanceId = SearchValues.Create(LettersAndDigits + "[");
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(LettersAndDigits + "._-");
    private static readonly SearchValues<char> InterfaceCharacters = SearchValues.Create(LettersAndDigits + "._-$:");
    private static readonly SearchValues<char> InstanceIdCharacters = SearchValues.Create(LettersAndDigits + "._-:@[]");

    /// <summary>Checks a namespace, an application name or a zone.</summary>
    /// <returns>Null if it is fine, else the refusal that names <paramref name="field"/>.</returns>
    public static RegistryError? CheckName(string field, string value) =>
        Check(field, value, MaxNameLength, FirstCharacters, NameCharacters, "letters, digits, '.', '_', '-'");

    /// <summary>Checks an interface name.</summary>
    /// <inheritdoc cref="CheckName" path="/returns"/>
    public static RegistryError? CheckInterface(string field, string value) =>
        Check(field, value, MaxInterfaceLength, FirstCharacters, InterfaceCharacters, "letters, digits, '.', '_', '-', '$', ':'");

    /// <summary>Checks an instance id.</summary>
    /// <inheritdoc cref="CheckName" path="/returns"/>
    public static RegistryError? CheckInstanceId(string field, string value) =>
        Check(field, value, MaxNameLength, FirstOfInstanceId, InstanceIdCharacters, "letters, digits, '.', '_', '-', ':', '@', '[', ']'");

    /// <summary>Checks a namespace and a name within it; <paramref name="nameField"/> is <c>application</c> or <c>interface</c>.</summary>
    /// <inheritdoc cref="CheckName" path="/returns"/>
    public static RegistryError? CheckTopic(Topic topic, string namespaceField, string nameField) =>
        CheckName(namespaceField, topic.Name.Namespace)
        ?? (topic.Kind == TopicKind.Interface ? CheckInterface(nameField, topic.Name.Name) : CheckName(nameField, topic.Name.Name));

    private static RegistryError? Check(
        string field, string value, int maxLength, SearchValues<char> first, SearchValues<char> all, string allowed)
    {
        if (value.Length == 0)
            return RegistryError.Invalid(field, "is empty");
        if (value.Length > maxLength)
            return RegistryError.Invalid(field, $"has {value.Length} characters; at most {maxLength} are allowed");
        var strange = value.AsSpan().IndexOfAnyExcept(all);
        if (strange >= 0)
            return RegistryError.Invalid(field, $"has {TextRules.Describe(value[strange])} at position {strange}; allowed are {allowed}");
        if (!first.Contains(value[0]))
            return RegistryError.Invalid(field, $"starts with '{value[0]}'; names start with a letter or a digit");
        if (value.Contains("..", StringComparison.Ordinal))
            return RegistryError.Invalid(field, "has two dots in a row");
        return null;
    }
}
