using System.Security.Cryptography;
using System.Text;
using Registry.Protocol.V1;

namespace Registry.Client.Leases;

/// <summary>A build's id is its content, so a client knows it without asking.</summary>
internal static class BuildId
{
    /// <summary>SHA-256, lower-case hex, over the names sorted by their bytes, each once, each followed by a line feed.</summary>
    public static string Of(IEnumerable<string> interfaces)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Names are ASCII, where the order of UTF-16 units is the order of bytes.
        foreach (var name in interfaces.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name + "\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>A build with its id.</summary>
    public static Build Declare(IReadOnlyCollection<string> interfaces)
    {
        var build = new Build { Id = Of(interfaces) };
        build.Interfaces.AddRange(interfaces.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return build;
    }
}
