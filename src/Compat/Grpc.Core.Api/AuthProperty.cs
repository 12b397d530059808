using System.Text;

namespace Grpc.Core;

/// <summary>One fact about an authenticated peer, such as a name in its certificate. Immutable, so safe to share between threads.</summary>
public class AuthProperty
{
    private readonly byte[] _valueBytes;
    private readonly Lazy<string> _value;

    private AuthProperty(string name, byte[] valueBytes)
    {
        Name = name;
        _valueBytes = valueBytes;
        _value = new Lazy<string>(() => Encoding.UTF8.GetString(_valueBytes));
    }

    /// <summary>What kind of fact it is, for example <c>x509_common_name</c>.</summary>
    public string Name { get; }

    /// <summary>The value read as UTF-8.</summary>
    public string Value => _value.Value;

    /// <summary>The value as bytes, a new copy each time.</summary>
    public byte[] ValueBytes => _valueBytes.AsSpan().ToArray();

    /// <summary>Makes a property.</summary>
    /// <param name="name">What kind of fact it is.</param>
    /// <param name="valueBytes">The value; it is copied.</param>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    public static AuthProperty Create(string name, byte[] valueBytes)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(valueBytes);
        return new AuthProperty(name, valueBytes.AsSpan().ToArray());
    }
}
