using Registry.Storage.Devices;

namespace Registry.Storage.Tests.Simulation;

/// <summary>
/// A disk that keeps apart what is durable and what is not, so that the power can be cut at any moment. Copies of it are what could be
/// found afterwards. One thread at a time.
/// </summary>
internal sealed class SimulatedDisk
{
    private readonly Dictionary<string, SimulatedFile> _durableNames = [];
    // From: the name that goes in the same moment; null: none does.
    private readonly List<(string Name, SimulatedFile? File, string? From)> _pendingNames = [];
    private readonly Dictionary<string, SimulatedFile> _names = [];

    /// <summary>Called after each thing that was done to the disk. Null: nothing.</summary>
    public Action<string>? Operated { get; set; }

    /// <summary>How many bytes more can be written; negative: as many as one likes.</summary>
    public long Room { get; set; } = -1;

    /// <summary>What the next syncs of files throw, after which nobody knows what is durable. Null: they work.</summary>
    public Exception? SyncFailure { get; set; }

    /// <summary>A double: syncing a file a second time says that it is done, and does nothing. So segments begin well, and no record lasts.</summary>
    public bool LiesAboutFiles { get; init; }

    /// <summary>A double: syncing the directory says that it is done, and does nothing.</summary>
    public bool LiesAboutTheDirectory { get; init; }

    /// <summary>How often a file was synced.</summary>
    public int Syncs { get; private set; }

    public IEnumerable<string> Names => _names.Keys;

    public SimulatedFile this[string name] => _names[name];

    /// <summary>A directory of this disk, as a server sees it.</summary>
    public IStorageDevice Mount() => new Device(this);

    /// <summary>The disk after the process was killed: what was not durable is not durable still, and everything can be read.</summary>
    public SimulatedDisk Copy()
    {
        var files = new Dictionary<SimulatedFile, SimulatedFile>(ReferenceEqualityComparer.Instance);
        var copy = Empty();
        foreach (var (name, file) in _durableNames)
            copy._durableNames[name] = CopyOnce(file);
        foreach (var (name, file) in _names)
            copy._names[name] = CopyOnce(file);
        foreach (var (name, file, from) in _pendingNames)
            copy._pendingNames.Add((name, file is null ? null : CopyOnce(file), from));
        return copy;

        SimulatedFile CopyOnce(SimulatedFile file) => files.TryGetValue(file, out var known) ? known : files[file] = file.Copy();
    }

    /// <summary>A disk as it may be found after a power cut now.</summary>
    public SimulatedDisk CutPower(Random random)
    {
        var names = new Dictionary<string, SimulatedFile>(_durableNames);
        var keepsAll = random.Next(3) == 0;
        foreach (var (name, file, from) in _pendingNames)
        {
            if (!keepsAll && random.Next(2) == 0)
                continue;
            if (from is not null)
                names.Remove(from);
            if (file is null)
                names.Remove(name);
            else
                names[name] = file;
        }

        var stale = _names.Values.SelectMany(file => file.Current).ToArray();
        var found = Empty();
        foreach (var (name, file) in names.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            found._names[name] = found._durableNames[name] = file.CutPower(random, stale);
        return found;
    }

    private SimulatedDisk Empty() => new() { LiesAboutFiles = LiesAboutFiles, LiesAboutTheDirectory = LiesAboutTheDirectory };

    private void Done(string what) => Operated?.Invoke(what);

    private sealed class Device(SimulatedDisk disk) : IStorageDevice
    {
        public string PathOf(string name) => $"/simulated/{name}";

        public IReadOnlyList<string> List() => [.. disk._names.Keys];

        public IStorageFile Create(string name)
        {
            if (disk._names.ContainsKey(name))
                throw new IOException($"{name} is there already");
            if (disk.Room == 0)
                throw new DiskFullException("no room for a file");
            var file = new SimulatedFile();
            disk._names[name] = file;
            disk._pendingNames.Add((name, file, null));
            disk.Done($"create {name}");
            return new OpenFile(disk, name, file);
        }

        public IStorageFile Open(string name) =>
            disk._names.TryGetValue(name, out var file) ? new OpenFile(disk, name, file) : throw new FileNotFoundException(name);

        public void Delete(string name)
        {
            disk._names.Remove(name);
            disk._pendingNames.Add((name, null, null));
            disk.Done($"delete {name}");
        }

        public void Rename(string name, string to)
        {
            var file = disk._names[name];
            disk._names.Remove(name);
            disk._names[to] = file;
            disk._pendingNames.Add((to, file, name));
            disk.Done($"rename {name} to {to}");
        }

        public void SyncDirectory()
        {
            if (!disk.LiesAboutTheDirectory)
            {
                disk._pendingNames.Clear();
                disk._durableNames.Clear();
                foreach (var (name, file) in disk._names)
                    disk._durableNames[name] = file;
            }

            disk.Done("sync the directory");
        }

        public void Dispose()
        {
            // A disk has no lock: nobody else can know it.
        }
    }

    private sealed class OpenFile(SimulatedDisk disk, string name, SimulatedFile file) : IStorageFile
    {
        public long Length => file.Current.Length;

        public int Read(Span<byte> into, long offset)
        {
            var rest = file.Current.AsSpan((int)Math.Min(offset, file.Current.Length));
            rest = rest[..Math.Min(rest.Length, into.Length)];
            rest.CopyTo(into);
            return rest.Length;
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            var isFull = disk.Room >= 0 && bytes.Length > disk.Room;
            if (isFull)
                bytes = bytes[..(int)disk.Room];
            if (disk.Room >= 0)
                disk.Room -= bytes.Length;
            file.Write(bytes.ToArray(), offset);
            disk.Done($"write {bytes.Length} bytes to {name} at {offset}");
            if (isFull)
                throw new DiskFullException("no room for all of it");
        }

        public void Truncate(long length)
        {
            file.Truncate(length);
            disk.Done($"cut {name} at {length}");
        }

        public void Sync()
        {
            disk.Syncs++;
            if (disk.SyncFailure is { } failure)
                throw failure;
            if (!disk.LiesAboutFiles || !file.WasSynced)
                file.Sync();
            disk.Done($"sync {name}");
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
