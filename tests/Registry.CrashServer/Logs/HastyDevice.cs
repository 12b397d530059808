using Registry.Storage.Devices;

namespace Registry.CrashServer.Logs;

/// <summary>
/// A disk that says that a batch of the log is written when it has only taken it: the file gets it with the next one. Who dies in
/// between loses what was acknowledged, and an audit that does not see it proves nothing.
/// </summary>
internal sealed class HastyDevice(IStorageDevice device) : IStorageDevice
{
    public string PathOf(string name) => device.PathOf(name);

    public IReadOnlyList<string> List() => device.List();

    public IStorageFile Create(string name) => Hasten(name, device.Create(name));

    public IStorageFile Open(string name) => Hasten(name, device.Open(name));

    public void Delete(string name) => device.Delete(name);

    public void Rename(string name, string to) => device.Rename(name, to);

    public void SyncDirectory() => device.SyncDirectory();

    public void Dispose() => device.Dispose();

    private static IStorageFile Hasten(string name, IStorageFile file) =>
        name.EndsWith(".log", StringComparison.Ordinal) ? new HastyFile(file) : file;

    private sealed class HastyFile(IStorageFile file) : IStorageFile
    {
        private (byte[] Bytes, long Offset)? _taken;

        public long Length => file.Length;

        public int Read(Span<byte> into, long offset) => file.Read(into, offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            WriteTaken();
            _taken = (bytes.ToArray(), offset);
        }

        public void Truncate(long length) => file.Truncate(length);

        public void Sync()
        {
            // Says that it has.
        }

        public void Dispose()
        {
            WriteTaken();
            file.Dispose();
        }

        private void WriteTaken()
        {
            if (_taken is var (bytes, offset))
                file.Write(bytes, offset);
            _taken = null;
        }
    }
}
