using System.Diagnostics.CodeAnalysis;

namespace Registry.Client.Connecting;

/// <summary>Where a registry answers: <c>http://host:port</c>, <c>https://host:port</c>, or <c>host:port</c>, which means http.</summary>
internal sealed record ServerAddress
{
    private ServerAddress(Uri uri)
    {
        Uri = uri;
    }

    /// <summary>Where a registry answers if nobody says otherwise.</summary>
    public static ServerAddress Default { get; } = new(new Uri("http://127.0.0.1:7400"));

    public Uri Uri { get; }

    /// <summary>Reads an address; false if the text is none.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ServerAddress? address)
    {
        address = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return false;
        }

        // "host:7400" alone would read as a URI of the scheme "host".
        var hasScheme = text.Contains("://", StringComparison.Ordinal);
        if (!Uri.TryCreate(hasScheme ? text : "http://" + text, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
            || uri.Host.Length == 0
            || uri.PathAndQuery != "/"
            || uri.Fragment.Length > 0
            || uri.UserInfo.Length > 0)
        {
            return false;
        }

        // Without a scheme nothing tells a forgotten port from port 80, which no registry uses.
        if (!hasScheme && uri.IsDefaultPort && !text.EndsWith(":80", StringComparison.Ordinal))
        {
            return false;
        }

        address = new ServerAddress(uri);
        return true;
    }

    public override string ToString() => Uri.GetLeftPart(UriPartial.Authority);
}
