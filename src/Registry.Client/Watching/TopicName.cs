using Registry.Protocol.V1;

namespace Registry.Client.Watching;

/// <summary>What a topic is about.</summary>
internal enum TopicKind
{
    /// <summary>The mapping of one interface.</summary>
    Interface,

    /// <summary>The instances of one application.</summary>
    Application,
}

/// <summary>Names one topic: what can be watched, and what a view holds.</summary>
internal readonly record struct TopicName
{
    /// <summary>The namespace that an empty one stands for.</summary>
    public const string DefaultNamespace = "default";

    private TopicName(TopicKind kind, string @namespace, string name)
    {
        Kind = kind;
        Namespace = @namespace.Length == 0 ? DefaultNamespace : @namespace;
        Name = name;
    }

    public TopicKind Kind { get; }

    public string Namespace { get; }

    public string Name { get; }

    public static TopicName Interface(string @namespace, string name) => new(TopicKind.Interface, @namespace, name);

    public static TopicName Application(string @namespace, string name) => new(TopicKind.Application, @namespace, name);

    /// <summary>Reads a topic off the wire; null if it is of a kind that this version does not know.</summary>
    public static TopicName? From(Topic? topic) => topic?.KindCase switch
    {
        Topic.KindOneofCase.Interface => Interface(topic.Namespace, topic.Interface),
        Topic.KindOneofCase.Application => Application(topic.Namespace, topic.Application),
        _ => null,
    };

    public Topic ToTopic() => Kind == TopicKind.Interface
        ? new Topic { Namespace = Namespace, Interface = Name }
        : new Topic { Namespace = Namespace, Application = Name };

    public Subscribe ToSubscribe(ulong id) => Kind == TopicKind.Interface
        ? new Subscribe { Id = id, Namespace = Namespace, Interface = Name }
        : new Subscribe { Id = id, Namespace = Namespace, Application = Name };

    public override string ToString() => Kind == TopicKind.Interface ? $"interface {Name}" : $"application {Name}";
}
