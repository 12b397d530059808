namespace Registry.Storage.Devices;

/// <summary>
/// One directory on a disk, and all that this room ever does with one. It stands between the log and the operating system so that a test
/// can put a disk there that loses power. Not thread safe.
/// </summary>
/// <remarks>
/// What is written is on the disk after <see cref="IStorageFile.Sync"/>, and a name is in the directory after <see cref="SyncDirectory"/>.
/// Until then a power cut may keep it, lose it, or keep some of it, in any order.
/// </remarks>
internal interface IStorageDevice : IDisposable
{
    /// <summary>The full path of a file, for people.</summary>
    string PathOf(string name);

    /// <summary>The names of the files that are there, in no order.</summary>
    IReadOnlyList<string> List();

    /// <summary>Makes an empty file. It must not be there.</summary>
    /// <exception cref="DiskFullException">There is no room for it.</exception>
    IStorageFile Create(string name);

    /// <summary>Opens a file that is there, to read and to write.</summary>
    IStorageFile Open(string name);

    /// <summary>Takes a file out of the directory.</summary>
    void Delete(string name);

    /// <summary>
    /// Gives a file another name in one step: at no time has it both names or none. If another file has the new name, it is gone in the same step.
    /// </summary>
    void Rename(string name, string to);

    /// <summary>Makes what was created, deleted and renamed durable.</summary>
    void SyncDirectory();
}

/// <summary>An open file. Not thread safe.</summary>
internal interface IStorageFile : IDisposable
{
    /// <summary>Its length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads up to as many bytes as fit, from an offset. Returns how many; fewer only at the end of the file.</summary>
    int Read(Span<byte> into, long offset);

    /// <summary>Writes at an offset. It may have written a part when it throws.</summary>
    /// <exception cref="DiskFullException">There is no room for all of it.</exception>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Cuts the file.</summary>
    void Truncate(long length);

    /// <summary>
    /// Makes what was written durable. When it throws, nobody knows what is on the disk, and asking again would not tell: the operating
    /// system may have forgotten what it could not write.
    /// </summary>
    void Sync();
}
