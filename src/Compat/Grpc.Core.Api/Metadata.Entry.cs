using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Grpc.Core;

public sealed partial class Metadata
{
    /// <summary>
    /// One key with its value, which is text, or bytes when the key ends with <see cref="BinaryHeaderSuffix"/>. Immutable, so safe to
    /// share between threads.
    /// </summary>
    [DebuggerDisplay("{ToString(),nq}")]
    [SuppressMessage("Design", "CA1034:Nested types should not be visible", Justification = "The nesting is part of the contract.")]
    public sealed class Entry
    {
        private static readonly SearchValues<char> KeyCharacters =
            SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyz-_.");

        private readonly string? _text;
        private readonly byte[]? _bytes;

        /// <summary>Makes a binary entry.</summary>
        /// <param name="key">The key; it is stored in lower case.</param>
        /// <param name="valueBytes">The bytes; they are copied.</param>
        /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
        /// <exception cref="ArgumentException">
        /// The key has a character other than letters, digits and <c>-_.</c>, or does not end with <see cref="BinaryHeaderSuffix"/>.
        /// </exception>
        public Entry(string key, byte[] valueBytes)
        {
            Key = Normalize(key);
            if (!IsBinary)
                throw new ArgumentException($"The key of a binary entry ends with \"{BinaryHeaderSuffix}\".", nameof(key));
            ArgumentNullException.ThrowIfNull(valueBytes);
            _bytes = valueBytes.AsSpan().ToArray();
        }

        /// <summary>Makes a text entry.</summary>
        /// <param name="key">The key; it is stored in lower case.</param>
        /// <param name="value">The text. Only visible ASCII and spaces are sure to reach the other side.</param>
        /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
        /// <exception cref="ArgumentException">
        /// The key is empty, has a character other than letters, digits and <c>-_.</c>, or ends with
        /// <see cref="BinaryHeaderSuffix"/>.
        /// </exception>
        public Entry(string key, string value)
        {
            Key = Normalize(key);
            if (IsBinary)
                throw new ArgumentException($"The key of a text entry does not end with \"{BinaryHeaderSuffix}\".", nameof(key));
            ArgumentNullException.ThrowIfNull(value);
            _text = value;
        }

        /// <summary>The key in lower case.</summary>
        public string Key { get; }

        /// <summary>Whether the value is bytes, which the ending of the key decides.</summary>
        public bool IsBinary => Key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal);

        /// <summary>The value as bytes, a new copy each time. Text comes as ASCII.</summary>
        public byte[] ValueBytes => _bytes is null ? Encoding.ASCII.GetBytes(_text!) : _bytes.AsSpan().ToArray();

        /// <summary>The value as text.</summary>
        /// <exception cref="InvalidOperationException">The entry is binary.</exception>
        public string Value =>
            _text ?? throw new InvalidOperationException($"\"{Key}\" holds bytes: use {nameof(ValueBytes)}.");

        /// <summary>The key with the text, or with the number of bytes, for logs and debuggers.</summary>
        public override string ToString() => _bytes is null ? $"{Key}: {_text}" : $"{Key}: {_bytes.Length} bytes";

        internal bool HasKey(string key) => string.Equals(Key, key, StringComparison.OrdinalIgnoreCase);

        [SuppressMessage("Globalization", "CA1308:Normalize strings to uppercase", Justification = "HTTP/2 has lower case only.")]
        private static string Normalize(string key)
        {
            ArgumentNullException.ThrowIfNull(key);
            var lower = key.ToLowerInvariant();
            if (lower.Length == 0 || lower.AsSpan().ContainsAnyExcept(KeyCharacters))
                throw new ArgumentException($"A key is made of ASCII letters, digits and -_. but this one is \"{key}\".", nameof(key));
            return lower;
        }
    }
}
