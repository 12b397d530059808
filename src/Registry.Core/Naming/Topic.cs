namespace Registry.Core.Naming;

/// <summary>What kind of thing a topic is about.</summary>
public enum TopicKind : byte
{
    /// <summary>The mapping of one interface.</summary>
    Interface,

    /// <summary>The instances of one application.</summary>
    Application,
}

/// <summary>What can be watched: one interface's mapping, or one application's instances.</summary>
/// <param name="Kind">Which of the two.</param>
/// <param name="Name">The interface's or application's name.</param>
public readonly record struct Topic(TopicKind Kind, QualifiedName Name)
{
    /// <summary>The topic of an interface's mapping.</summary>
    public static Topic OfInterface(QualifiedName name) => new(TopicKind.Interface, name);

    /// <summary>The topic of an application's instances.</summary>
    public static Topic OfApplication(QualifiedName name) => new(TopicKind.Application, name);

    /// <summary>kind namespace/name, for people.</summary>
    public override string ToString() => $"{(Kind == TopicKind.Interface ? "interface" : "application")} {Name}";
}
