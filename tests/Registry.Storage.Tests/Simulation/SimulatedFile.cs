namespace Registry.Storage.Tests.Simulation;

/// <summary>The content of a file on a simulated disk: what is durable, and what was done to it since.</summary>
internal sealed class SimulatedFile
{
    // The unit that a disk writes whole or not at all.
    private const int Sector = 512;

    private readonly List<Change> _pending = [];
    private byte[] _durable;

    public SimulatedFile()
        : this([])
    {
    }

    private SimulatedFile(byte[] content) => _durable = Current = content;

    /// <summary>What a reader sees.</summary>
    public byte[] Current { get; private set; }

    public bool WasSynced { get; private set; }

    public void Write(byte[] bytes, long offset) => Do(new Change(bytes, (int)offset));

    public void Truncate(long length) => Do(new Change(null, (int)length));

    public void Sync()
    {
        _pending.Clear();
        _durable = Current;
        WasSynced = true;
    }

    /// <summary>The same, with what is not durable yet.</summary>
    public SimulatedFile Copy()
    {
        var copy = new SimulatedFile(_durable) { Current = Current, WasSynced = WasSynced };
        copy._pending.AddRange(_pending);
        return copy;
    }

    /// <summary>What may be found after a power cut.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="stale">What the disk may show where nothing was written: what some other file has held.</param>
    public SimulatedFile CutPower(Random random, byte[] stale)
    {
        var fate = random.Next(8);
        if (fate == 0)
            return new SimulatedFile(_durable);
        if (fate == 1)
            return new SimulatedFile(Current);

        // Each piece by itself, and in any order: one that went down early may be followed by none of those before it.
        var pieces = _pending.SelectMany(SplitIntoSectors).ToArray();
        if (random.Next(2) == 0)
            random.Shuffle(pieces);
        var kept = random.NextDouble();
        var content = _durable;
        foreach (var piece in pieces)
        {
            if (random.NextDouble() < kept)
                content = piece.ApplyTo(content);
            else if (piece.Bytes is { } lost && random.Next(3) == 0)
                content = new Change(Instead(lost.Length, random, stale), piece.At).ApplyTo(content);
            else if (piece.Bytes is { Length: > 1 } torn && random.Next(3) == 0)
                content = new Change(torn[..random.Next(1, torn.Length)], piece.At).ApplyTo(content);
        }

        return new SimulatedFile(content);
    }

    private static byte[] Instead(int length, Random random, byte[] stale)
    {
        var bytes = new byte[length];
        var kind = random.Next(3);
        if (kind == 0)
            random.NextBytes(bytes);
        else if (kind == 1 && stale.Length > length)
            stale.AsSpan(random.Next(stale.Length - length), length).CopyTo(bytes);
        return bytes;
    }

    private static IEnumerable<Change> SplitIntoSectors(Change change)
    {
        if (change.Bytes is not { } bytes)
        {
            yield return change;
            yield break;
        }

        for (var from = 0; from < bytes.Length;)
        {
            var to = Math.Min(bytes.Length, from + Sector - ((change.At + from) % Sector));
            yield return new Change(bytes[from..to], change.At + from);
            from = to;
        }
    }

    private void Do(Change change)
    {
        _pending.Add(change);
        Current = change.ApplyTo(Current);
    }

    // Bytes null: cut at At.
    private sealed record Change(byte[]? Bytes, int At)
    {
        public byte[] ApplyTo(byte[] content)
        {
            if (Bytes is null)
            {
                var cut = new byte[At];
                content.AsSpan(0, Math.Min(At, content.Length)).CopyTo(cut);
                return cut;
            }

            var written = new byte[Math.Max(content.Length, At + Bytes.Length)];
            content.CopyTo(written, 0);
            Bytes.CopyTo(written, At);
            return written;
        }
    }
}
