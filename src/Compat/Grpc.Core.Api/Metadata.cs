using System.Collections;
using System.Diagnostics;

namespace Grpc.Core;

/// <summary>
/// Headers or trailers of a call: a list of entries in which a key may occur more than once. Keys are compared without regard to
/// case. Not safe for concurrent use while anyone changes it.
/// </summary>
[DebuggerDisplay("Count = {Count}")]
public sealed partial class Metadata : IList<Metadata.Entry>
{
    /// <summary>A key with this ending holds bytes; any other key holds text.</summary>
    public const string BinaryHeaderSuffix = "-bin";

    /// <summary>A shared empty list. It cannot be changed.</summary>
    public static readonly Metadata Empty = new(isReadOnly: true);

    private readonly List<Entry> _entries = [];
    private readonly bool _isReadOnly;

    /// <summary>Makes an empty list.</summary>
    public Metadata()
    {
    }

    private Metadata(bool isReadOnly) => _isReadOnly = isReadOnly;

    /// <summary>How many entries there are; a key that occurs twice counts twice.</summary>
    public int Count => _entries.Count;

    /// <summary>Whether a change would throw. True only of <see cref="Empty"/>.</summary>
    public bool IsReadOnly => _isReadOnly;

    /// <summary>The entry at a place in the list.</summary>
    /// <param name="index">The place, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such place.</exception>
    /// <exception cref="ArgumentNullException">The new entry is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">The list is read-only.</exception>
    public Entry this[int index]
    {
        get => _entries[index];
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            RequireWritable();
            _entries[index] = value;
        }
    }

    /// <summary>The last entry with a key, or <see langword="null"/> when there is none.</summary>
    /// <param name="key">The key, in any case.</param>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is <see langword="null"/>.</exception>
    public Entry? Get(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        // Of several values the last one wins: it is the one that whoever came later wanted.
        return _entries.FindLast(entry => entry.HasKey(key));
    }

    /// <summary>The text of the last entry with a key, or <see langword="null"/> when there is none.</summary>
    /// <param name="key">The key, in any case.</param>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">The entry holds bytes.</exception>
    public string? GetValue(string key) => Get(key)?.Value;

    /// <summary>The bytes of the last entry with a key, or <see langword="null"/> when there is none. The array is a copy.</summary>
    /// <param name="key">The key, in any case.</param>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is <see langword="null"/>.</exception>
    public byte[]? GetValueBytes(string key) => Get(key)?.ValueBytes;

    /// <summary>All entries with a key in the order of the list. The list is read as the result is enumerated.</summary>
    /// <param name="key">The key, in any case.</param>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is <see langword="null"/>.</exception>
    public IEnumerable<Entry> GetAll(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return _entries.Where(entry => entry.HasKey(key));
    }

    /// <summary>Adds an entry at the end.</summary>
    /// <param name="item">The entry.</param>
    /// <exception cref="ArgumentNullException"><paramref name="item"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">The list is read-only.</exception>
    public void Add(Entry item)
    {
        ArgumentNullException.ThrowIfNull(item);
        RequireWritable();
        _entries.Add(item);
    }

    /// <summary>Adds a text entry at the end.</summary>
    /// <param name="key">The key; it is stored in lower case.</param>
    /// <param name="value">The text.</param>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">
    /// The key is empty, has a character that a key must not have, or ends with <see cref="BinaryHeaderSuffix"/>.
    /// </exception>
    /// <exception cref="InvalidOperationException">The list is read-only.</exception>
    public void Add(string key, string value) => Add(new Entry(key, value));

    /// <summary>Adds a binary entry at the end.</summary>
    /// <param name="key">The key; it is stored in lower case.</param>
    /// <param name="valueBytes">The bytes; they are copied.</param>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">
    /// The key has a character that a key must not have, or does not end with <see cref="BinaryHeaderSuffix"/>.
    /// </exception>
    /// <exception cref="InvalidOperationException">The list is read-only.</exception>
    public void Add(string key, byte[] valueBytes) => Add(new Entry(key, valueBytes));

    /// <summary>Puts an entry at a place in the list.</summary>
    /// <param name="index">The place, from 0 to <see cref="Count"/>.</param>
    /// <param name="item">The entry.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such place.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="item"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">The list is read-only.</exception>
    public void Insert(int index, Entry item)
    {
        ArgumentNullException.ThrowIfNull(item);
        RequireWritable();
        _entries.Insert(index, item);
    }

    /// <summary>Takes out one entry, found by identity.</summary>
    /// <param name="item">The entry.</param>
    /// <returns>Whether the entry was there.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="item"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">The list is read-only.</exception>
    public bool Remove(Entry item)
    {
        ArgumentNullException.ThrowIfNull(item);
        RequireWritable();
        return _entries.Remove(item);
    }

    /// <summary>Takes out the entry at a place in the list.</summary>
    /// <param name="index">The place, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such place.</exception>
    /// <exception cref="InvalidOperationException">The list is read-only.</exception>
    public void RemoveAt(int index)
    {
        RequireWritable();
        _entries.RemoveAt(index);
    }

    /// <summary>Takes out everything.</summary>
    /// <exception cref="InvalidOperationException">The list is read-only.</exception>
    public void Clear()
    {
        RequireWritable();
        _entries.Clear();
    }

    /// <summary>The place of an entry, found by identity, or -1.</summary>
    /// <param name="item">The entry.</param>
    /// <exception cref="ArgumentNullException"><paramref name="item"/> is <see langword="null"/>.</exception>
    public int IndexOf(Entry item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return _entries.IndexOf(item);
    }

    /// <summary>Whether an entry is in the list, found by identity.</summary>
    /// <param name="item">The entry.</param>
    /// <exception cref="ArgumentNullException"><paramref name="item"/> is <see langword="null"/>.</exception>
    public bool Contains(Entry item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return _entries.Contains(item);
    }

    /// <summary>Copies the entries into an array.</summary>
    /// <param name="array">Where to.</param>
    /// <param name="arrayIndex">The place in the array for the first entry.</param>
    /// <exception cref="ArgumentNullException"><paramref name="array"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="arrayIndex"/> is negative.</exception>
    /// <exception cref="ArgumentException">The entries do not fit.</exception>
    public void CopyTo(Entry[] array, int arrayIndex) => _entries.CopyTo(array, arrayIndex);

    /// <summary>Walks through the entries in order. A change of the list on the way makes the next step throw.</summary>
    public IEnumerator<Entry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void RequireWritable()
    {
        if (_isReadOnly)
            throw new InvalidOperationException("This metadata is shared and cannot be changed.");
    }
}
