using Google.Protobuf;
using Registry.Protocol.V1;

namespace Registry.LoadTests.Visits;

/// <summary>Well-formed requests, and what the server must make of them.</summary>
internal static class Requests
{
    private const uint DefaultWeight = 100;

    /// <summary>A register of one instance that serves some interfaces.</summary>
    public static RegisterRequest Register(ByteString lease, string application, string instance, params IEnumerable<string> interfaces) => new()
    {
        Application = application,
        LeaseId = lease,
        Instances = { new InstanceSpec { Id = instance, Endpoints = { new Endpoint { Protocol = "grpc", Host = "127.0.0.1", Port = 1 } } } },
        Builds = { new Build { Interfaces = { interfaces } } },
    };

    /// <summary>The instance that everybody must be told of from then on.</summary>
    public static Instance Registered(RegisterRequest request, RegisterResponse answer) => new()
    {
        Id = request.Instances[0].Id,
        Endpoints = { request.Instances[0].Endpoints },
        Weight = DefaultWeight,
        State = InstanceState.Up,
        BuildId = answer.Instances[0].BuildId,
        Incarnation = answer.Instances[0].Incarnation,
        Revision = answer.Revision,
    };
}
