using Registry.Protocol.V1;

namespace Registry.Client.Watching;

/// <summary>What a topic is about.</summary>
public enum TopicKind
{
    /// <summary>The mapping of one interface: who serves it. Resolves to the instances that run a build which serves it.</summary>
    Interface,

    /// <summary>The instances of one application.</summary>
    Application,
}

/// <summary>
/// Names one topic: what can be resolved and watched. Immutable; two topics are equal if kind, namespace and name are. Its default value
/// names none, and nothing takes it.
/// </summary>
public readonly record struct TopicName
{
    /// <summary>The namespace that an empty one stands for.</summary>
    public const string DefaultNamespace = "default";

    private TopicName(TopicKind kind, string @namespace, string name)
    {
        ArgumentNullException.ThrowIfNull(@namespace);
        ArgumentNullException.ThrowIfNull(name);
        Kind = kind;
        Namespace = @namespace.Length == 0 ? DefaultNamespace : @namespace;
        Name = name;
    }

    /// <summary>Whether an interface or an application is meant.</summary>
    public TopicKind Kind { get; }

    /// <summary>The namespace; never empty.</summary>
    public string Namespace { get; }

    /// <summary>The name of the interface or the application. Upper and lower case are different names.</summary>
    public string Name { get; }

    /// <summary>The topic of an interface such as <c>orders.v1.OrderService</c>.</summary>
    /// <param name="namespace">Empty: <see cref="DefaultNamespace"/>.</param>
    /// <param name="name">The interface. Is checked by the server.</param>
    public static TopicName Interface(string @namespace, string name) => new(TopicKind.Interface, @namespace, name);

    /// <summary>The topic of an application such as <c>orders</c>.</summary>
    /// <param name="namespace">Empty: <see cref="DefaultNamespace"/>.</param>
    /// <param name="name">The application. Is checked by the server.</param>
    public static TopicName Application(string @namespace, string name) => new(TopicKind.Application, @namespace, name);

    /// <summary>The kind and the name.</summary>
    public override string ToString() => Kind == TopicKind.Interface ? $"interface {Name}" : $"application {Name}";

    /// <summary>Reads a topic off the wire; null if it is of a kind that this version does not know.</summary>
    internal static TopicName? From(Topic? topic) => topic?.KindCase switch
    {
        Topic.KindOneofCase.Interface => Interface(topic.Namespace, topic.Interface),
        Topic.KindOneofCase.Application => Application(topic.Namespace, topic.Application),
        _ => null,
    };

    internal Topic ToTopic() => Kind == TopicKind.Interface
        ? new Topic { Namespace = Namespace, Interface = Name }
        : new Topic { Namespace = Namespace, Application = Name };

    internal Subscribe ToSubscribe(ulong id) => Kind == TopicKind.Interface
        ? new Subscribe { Id = id, Namespace = Namespace, Interface = Name }
        : new Subscribe { Id = id, Namespace = Namespace, Application = Name };
}
