namespace Registry.Client.Resolving;

/// <summary>One address at which an instance can be called. Immutable.</summary>
/// <param name="Protocol">What is spoken there, such as <c>grpc</c>, <c>http</c> or <c>https</c>.</param>
/// <param name="Host">An IPv4 or IPv6 address without brackets, or a host name.</param>
/// <param name="Port">1 to 65535.</param>
public sealed record ServiceEndpoint(string Protocol, string Host, int Port)
{
    /// <summary>The endpoint as a text such as <c>grpc://10.0.0.1:8080</c>.</summary>
    public override string ToString() => Host.Contains(':') ? $"{Protocol}://[{Host}]:{Port}" : $"{Protocol}://{Host}:{Port}";
}
