using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Registry.Core.Instances;

/// <summary>
/// The set of interfaces that one build of an application serves. Its id is its content, so a build never changes; a new set
/// is a new build. Immutable.
/// </summary>
public sealed class Build
{
    private Build(string id, ImmutableArray<string> interfaces)
    {
        Id = id;
        Interfaces = interfaces;
    }

    /// <summary>SHA-256, lower-case hex, over the names in ordinal order of their UTF-8, each followed by a line feed.</summary>
    public string Id { get; }

    /// <summary>The interface names as declared, each once, in ordinal order.</summary>
    public ImmutableArray<string> Interfaces { get; }

    /// <summary>The build that serves exactly these interfaces. Names that are given twice count once.</summary>
    public static Build Of(IEnumerable<string> interfaces)
    {
        // Interface names are ASCII (NameRules), for which the order of UTF-16 units is the order of UTF-8 bytes.
        ImmutableArray<string> sorted = [.. interfaces.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in sorted)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData("\n"u8);
        }

        return new Build(Convert.ToHexStringLower(hash.GetHashAndReset()), sorted);
    }
}
