using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Registry.Server.Hosting;

/// <summary>
/// Where an endpoint listens: <c>127.0.0.1:7400</c>, <c>[::1]:7400</c>, <c>localhost:7400</c> (both loopback addresses) or
/// <c>*:7400</c> (every address). Other host names are refused: what they resolve to may change, the socket would not.
/// </summary>
[TypeConverter(typeof(ListenAddressConverter))]
public sealed record ListenAddress
{
    private const string Any = "*";
    private const string Localhost = "localhost";

    private readonly string _host;

    private ListenAddress(string host, IPAddress address, int port) => (_host, Address, Port) = (host, address, port);

    /// <summary>The address; for <c>*</c> the IPv6 wildcard, for <c>localhost</c> the IPv4 loopback.</summary>
    public IPAddress Address { get; }

    /// <summary>The port. 0: one that the system chooses.</summary>
    public int Port { get; }

    /// <summary>Whether only this machine can connect.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>Whether it stands for every address of the machine.</summary>
    public bool IsAny => Address.Equals(IPAddress.Any) || Address.Equals(IPAddress.IPv6Any);

    // The system would choose a different port for each of the two loopback addresses.
    internal bool IsBothLoopbacks => _host == Localhost && Port != 0;

    internal bool IsAnyOfBothFamilies => _host == Any;

    /// <summary>The same host with another port.</summary>
    internal ListenAddress WithPort(int port) => new(_host, Address, port);

    /// <summary>Reads an address; throws <see cref="FormatException"/> with a sentence for whoever wrote it.</summary>
    public static ListenAddress Parse(string text) =>
        TryParse(text, out var address)
            ? address
            : throw new FormatException(
                $"'{text}' is not an address to listen on; one looks like 127.0.0.1:7400, [::1]:7400, localhost:7400 or *:7400");

    /// <summary>Reads an address.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ListenAddress? address)
    {
        ArgumentNullException.ThrowIfNull(text);
        address = null;
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return false;

        var host = text[..colon];
        if (host == Any)
        {
            address = new(Any, IPAddress.IPv6Any, port);
        }
        else if (host.Equals(Localhost, StringComparison.OrdinalIgnoreCase))
        {
            address = new(Localhost, IPAddress.Loopback, port);
        }
        else if (TryParseIP(host, out var ip))
        {
            address = new(host, ip, port);
        }

        return address is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{_host}:{Port.ToString(CultureInfo.InvariantCulture)}";

    // IPAddress.Parse alone takes "1" for 0.0.0.1, and an IPv6 address without its brackets.
    private static bool TryParseIP(string host, [NotNullWhen(true)] out IPAddress? ip) =>
        host is ['[', .. var inner, ']']
            ? IPAddress.TryParse(inner, out ip) && ip.AddressFamily == AddressFamily.InterNetworkV6
            : IPAddress.TryParse(host, out ip) && ip.AddressFamily == AddressFamily.InterNetwork && ip.ToString() == host;
}

/// <summary>Lets configuration binding read a <see cref="ListenAddress"/>.</summary>
internal sealed class ListenAddressConverter : TypeConverter
{
    /// <inheritdoc/>
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string);

    /// <inheritdoc/>
    public override object ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
        ListenAddress.Parse((string)value);
}
