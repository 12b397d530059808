namespace Registry.Core.Instances;

/// <summary>One address at which an instance can be called. The registry never connects to it.</summary>
/// <param name="Protocol">What is spoken there, such as <c>grpc</c>.</param>
/// <param name="Host">An IPv4 or IPv6 address or a host name.</param>
/// <param name="Port">1 to 65535.</param>
public sealed record EndpointAddress(string Protocol, string Host, int Port);
