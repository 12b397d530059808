namespace Registry.TestKit.Linearizability;

/// <summary>A set of operations of one history, one bit each. Copies are compared by content.</summary>
internal sealed class OperationSet : IEquatable<OperationSet>
{
    private readonly ulong[] _bits;

    public OperationSet(int operations)
    {
        _bits = new ulong[(operations + 63) / 64];
    }

    private OperationSet(ulong[] bits)
    {
        _bits = bits;
    }

    public void Add(int operation) => _bits[operation / 64] |= 1UL << (operation % 64);

    public void Remove(int operation) => _bits[operation / 64] &= ~(1UL << (operation % 64));

    public OperationSet Copy() => new([.. _bits]);

    public bool Equals(OperationSet? other) => other is not null && _bits.AsSpan().SequenceEqual(other._bits);

    public override bool Equals(object? obj) => Equals(obj as OperationSet);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var bits in _bits)
            hash.Add(bits);
        return hash.ToHashCode();
    }
}
