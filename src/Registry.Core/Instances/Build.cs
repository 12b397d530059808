using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
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
        string[] names = [.. interfaces];
        names.AsSpan().Sort(string.CompareOrdinal);
        var count = 0;
        var bytes = 0;
        foreach (var name in names)
        {
            if (count > 0 && name == names[count - 1])
                continue;
            names[count++] = name;
            bytes += Encoding.UTF8.GetByteCount(name) + 1;
        }

        var text = ArrayPool<byte>.Shared.Rent(bytes);
        var written = 0;
        Array.Resize(ref names, count);
        foreach (var name in names)
        {
            written += Encoding.UTF8.GetBytes(name, text.AsSpan(written));
            text[written++] = (byte)'\n';
        }

        var id = Convert.ToHexStringLower(SHA256.HashData(text.AsSpan(0, written)));
        ArrayPool<byte>.Shared.Return(text);
        return new Build(id, ImmutableCollectionsMarshal.AsImmutableArray(names));
    }
}
