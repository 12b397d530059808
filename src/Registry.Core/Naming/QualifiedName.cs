namespace Registry.Core.Naming;

/// <summary>A name within a namespace: of an application or of an interface. Compared byte by byte.</summary>
/// <param name="Namespace">The namespace; <see cref="Default"/> unless said otherwise.</param>
/// <param name="Name">The name within it.</param>
public readonly record struct QualifiedName(string Namespace, string Name)
{
    /// <summary>The namespace that an empty one in a request means.</summary>
    public const string Default = "default";

    /// <summary>namespace/name, for people. A name holds no slash, so the form is unambiguous.</summary>
    public override string ToString() => $"{Namespace}/{Name}";

    internal static int CompareOrdinal(QualifiedName a, QualifiedName b)
    {
        var byNamespace = string.CompareOrdinal(a.Namespace, b.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(a.Name, b.Name);
    }
}
