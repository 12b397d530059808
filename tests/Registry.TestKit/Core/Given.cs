using Registry.Core.Changes;
using Registry.Core.Instances;
using Registry.Core.Naming;

namespace Registry.TestKit.Core;

/// <summary>Well-formed things for tests that are about something else.</summary>
public static class Given
{
    public static QualifiedName Name(string name) => new(QualifiedName.Default, name);

    public static Topic Interface(string name) => Topic.OfInterface(Name(name));

    public static Topic Application(string name) => Topic.OfApplication(Name(name));

    public static InstanceDeclaration Instance(string id, int port = 8080) =>
        new() { Id = id, Endpoints = [new EndpointAddress("grpc", "10.0.0.1", port)] };

    public static BuildDeclaration Build(params string[] interfaces) => new("", [.. interfaces]);
}
