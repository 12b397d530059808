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

    /// <summary>A register of several instances, named by their numbers, of one build.</summary>
    public static RegisterRequest RegisterMany(string space,
        ByteString lease, string application, int instances, params IEnumerable<string> interfaces) => new()
        {
            Namespace = space,
            Application = application,
            LeaseId = lease,
            Instances = { Enumerable.Range(0, instances).Select(i =>
            new InstanceSpec { Id = $"i{i}", Endpoints = { new Endpoint { Protocol = "grpc", Host = "127.0.0.1", Port = 1 } } }) },
            Builds = { new Build { Interfaces = { interfaces } } },
        };

    /// <summary>The instance that everybody must be told of from then on.</summary>
    public static Instance Registered(RegisterRequest request, RegisterResponse answer) => AllRegistered(request, answer)[0];

    /// <summary>The instances that everybody must be told of from then on.</summary>
    public static IReadOnlyList<Instance> AllRegistered(RegisterRequest request, RegisterResponse answer) =>
    [
        .. request.Instances.Zip(answer.Instances, (spec, told) => new Instance
        {
            Id = spec.Id,
            Endpoints = { spec.Endpoints },
            Weight = DefaultWeight,
            State = InstanceState.Up,
            BuildId = told.BuildId,
            Incarnation = told.Incarnation,
            Revision = answer.Revision,
        }),
    ];
}
