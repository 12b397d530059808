using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Registry.Protocol.V1;

namespace Registry.Cli.Manifest;

/// <summary>An endpoint as people write it: <c>grpc://10.0.0.1:50051</c>, <c>grpc://[2001:db8::1]:50051</c>.</summary>
internal static class EndpointText
{
    /// <summary>Takes the text apart. Which protocols and hosts are allowed is for the registry to say.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Endpoint? endpoint)
    {
        endpoint = null;
        var afterProtocol = text.IndexOf("://", StringComparison.Ordinal);
        var beforePort = text.LastIndexOf(':');
        if (afterProtocol < 1
            || beforePort <= afterProtocol + 3
            || !ushort.TryParse(text.AsSpan(beforePort + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port == 0)
        {
            return false;
        }

        var host = text[(afterProtocol + 3)..beforePort];
        var isBracketed = host is ['[', .., ']'];
        if (isBracketed)
        {
            host = host[1..^1];
        }

        // Without brackets nobody could tell where an IPv6 address ends and the port begins.
        if (host.Length == 0 || host.AsSpan().ContainsAny("/@[]") || (!isBracketed && host.Contains(':')))
        {
            return false;
        }

        endpoint = new Endpoint { Protocol = text[..afterProtocol], Host = host, Port = port };
        return true;
    }

    public static string Format(Endpoint endpoint) => endpoint.Host.Contains(':')
        ? string.Create(CultureInfo.InvariantCulture, $"{endpoint.Protocol}://[{endpoint.Host}]:{endpoint.Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{endpoint.Protocol}://{endpoint.Host}:{endpoint.Port}");
}
