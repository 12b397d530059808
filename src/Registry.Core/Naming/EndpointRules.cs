using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Registry.Core.Instances;

namespace Registry.Core.Naming;

/// <summary>
/// Which addresses an instance may declare. The registry never connects to them and never looks a name up; the rules keep out
/// what no consumer could use, and what a consumer must not be led to (link-local addresses, where clouds keep credentials).
/// </summary>
internal static class EndpointRules
{
    private const int MaxProtocolLength = 32;
    private const int MaxHostLength = 253;
    private const int MaxLabelLength = 63;

    private static readonly SearchValues<char> ProtocolCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789+.-");
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");
    private static readonly SearchValues<char> LabelCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    public static RegistryError? Check(EndpointAddress endpoint) =>
        CheckProtocol("protocol", endpoint.Protocol)
        ?? CheckHost("host", endpoint.Host)
        ?? (endpoint.Port is < 1 or > 65535 ? RegistryError.Invalid("port", $"is {endpoint.Port}; 1 to 65535 are allowed") : null);

    private static RegistryError? CheckProtocol(string field, string protocol)
    {
        if (protocol.Length is 0 or > MaxProtocolLength)
            return RegistryError.Invalid(field, $"has {protocol.Length} characters; 1 to {MaxProtocolLength} are allowed");
        var strange = protocol.AsSpan().IndexOfAnyExcept(ProtocolCharacters);
        return strange < 0
            ? null
            : RegistryError.Invalid(field, $"has {TextRules.Describe(protocol[strange])} at position {strange}; allowed are a-z, 0-9, '+', '.', '-'");
    }

    private static RegistryError? CheckHost(string field, string host)
    {
        if (host.Length is 0 or > MaxHostLength)
            return RegistryError.Invalid(field, $"has {host.Length} characters; 1 to {MaxHostLength} are allowed");
        if (host.Contains(':', StringComparison.Ordinal))
        {
            return !host.AsSpan().ContainsAny('%', '[', ']') && IPAddress.TryParse(host, out var six) && six.AddressFamily == AddressFamily.InterNetworkV6
                ? CheckAddress(field, six)
                : RegistryError.Invalid(field, "is not an IPv6 address (write it without brackets, port and scope)");
        }

        // The last label decides, as in URLs: a name that ends in a number can only be an IPv4 address. IPAddress.TryParse
        // alone would take "1", "0x7f.1" or "010.0.0.1" for addresses, and not for those that a reader sees. A number is all of it
        // digits, or hexadecimal after 0x; that a label starts with a digit says nothing: host names of containers do.
        if (IsNumber(host.AsSpan(host.LastIndexOf('.') + 1)))
        {
            return IPAddress.TryParse(host, out var four) && four.ToString() == host
                ? CheckAddress(field, four)
                : RegistryError.Invalid(field, "is not an IPv4 address in the form 192.0.2.1");
        }

        return CheckHostName(field, host);
    }

    private static bool IsNumber(ReadOnlySpan<char> label) =>
        label.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? !label[2..].ContainsAnyExcept(HexDigits)
            : label.Length > 0 && !label.ContainsAnyExceptInRange('0', '9');

    private static RegistryError? CheckHostName(string field, string host)
    {
        foreach (var range in host.AsSpan().Split('.'))
        {
            var label = host.AsSpan(range);
            var strange = label.IndexOfAnyExcept(LabelCharacters);
            if (strange >= 0)
                return RegistryError.Invalid(field, $"has {TextRules.Describe(label[strange])}; a host name has letters, digits, '-', '_' and '.'");
            if (label.Length is 0 or > MaxLabelLength || label[0] == '-' || label[^1] == '-')
                return RegistryError.Invalid(field, $"is not a host name: a label has 1 to {MaxLabelLength} characters and no '-' at its ends");
        }

        return null;
    }

    private static RegistryError? CheckAddress(string field, IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return RegistryError.Invalid(field, "is an IPv4 address in IPv6 form; write it as IPv4");
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            return RegistryError.Invalid(field, "is the unspecified address, at which nobody can be called; write the address that others use");
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return address.IsIPv6Multicast ? RegistryError.Invalid(field, "is a multicast address")
                : address.IsIPv6LinkLocal ? RegistryError.Invalid(field, "is a link-local address, which means something else on each host")
                : null;
        }

        Span<byte> bytes = stackalloc byte[4];
        address.TryWriteBytes(bytes, out _);
        return bytes[0] switch
        {
            0 => RegistryError.Invalid(field, "is in 0.0.0.0/8, which names no host"),
            169 when bytes[1] == 254 => RegistryError.Invalid(field, "is a link-local address, which means something else on each host"),
            >= 224 and < 240 => RegistryError.Invalid(field, "is a multicast address"),
            >= 240 => RegistryError.Invalid(field, "is a reserved or broadcast address"),
            _ => null,
        };
    }
}
