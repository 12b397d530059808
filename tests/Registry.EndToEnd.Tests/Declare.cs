using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Registry.Protocol.V1;

namespace Registry.EndToEnd.Tests;

/// <summary>Well-formed requests, for tests that are about something else or spoil one part of them.</summary>
internal static class Declare
{
    public static InstanceSpec Instance(string id, string buildId = "", uint port = 8080) => new()
    {
        Id = id,
        Endpoints = { new Endpoint { Protocol = "grpc", Host = "192.0.2.7", Port = port } },
        BuildId = buildId,
    };

    public static Build Build(params IEnumerable<string> interfaces) => new() { Interfaces = { interfaces } };

    public static RegisterRequest Request(ByteString lease, string application, string id, params IEnumerable<string> interfaces)
    {
        var request = new RegisterRequest { Application = application, LeaseId = lease, Instances = { Instance(id) } };
        if (interfaces.Any())
            request.Builds.Add(Build(interfaces));
        return request;
    }

    /// <summary>The id of a build as the proto defines it, computed by somebody else than the server.</summary>
    public static string BuildId(params IEnumerable<string> interfaces) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            string.Concat(interfaces.Distinct().Order(StringComparer.Ordinal).Select(name => name + "\n")))));
}
