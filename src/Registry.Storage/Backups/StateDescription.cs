using System.Collections.Immutable;

namespace Registry.Storage.Backups;

/// <summary>What a backup or a data directory holds. Immutable.</summary>
public sealed record StateDescription
{
    /// <summary>The version of the format.</summary>
    public required uint Format { get; init; }

    /// <summary>When the state snapshot was taken, by the wall clock of its server; null: there is none, only a log.</summary>
    public required DateTimeOffset? Taken { get; init; }

    /// <summary>The last revision; 0: nothing was ever registered.</summary>
    public required long Revision { get; init; }

    /// <summary>The histories that led to it, oldest first. Never empty.</summary>
    public required ImmutableArray<EpochDescription> Epochs { get; init; }

    /// <summary>The applications that it knows, in all namespaces.</summary>
    public required long Applications { get; init; }

    /// <summary>Their instances, in all states.</summary>
    public required long Instances { get; init; }

    /// <summary>How much it takes, in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Only of a directory; null: it is a file.</summary>
    public DirectoryDescription? Directory { get; init; }
}

/// <summary>An epoch.</summary>
/// <param name="Epoch">Its name.</param>
/// <param name="FirstRevision">What its first change gets at least.</param>
/// <param name="LastRevision">Its last change; 0: it has none.</param>
public sealed record EpochDescription(string Epoch, long FirstRevision, long LastRevision);

/// <summary>What is in a data directory. Immutable.</summary>
/// <param name="Files">Its files, in the order of their names.</param>
/// <param name="TornBytes">What a power cut or the end of the process left unfinished at the end of the log, in bytes; the next start cuts it off.</param>
/// <param name="StartReads">How much the next start reads, in bytes: a state snapshot twice, because it is checked before it counts.</param>
public sealed record DirectoryDescription(ImmutableArray<FileDescription> Files, long TornBytes, long StartReads);

/// <summary>A file of a data directory.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Use">What it is for.</param>
/// <param name="Bytes">How long it is, in bytes.</param>
/// <param name="FirstRevision">Of a segment its first change; 0: it has none, or is no segment.</param>
/// <param name="LastRevision">Of a segment its last change, of a state snapshot where it stands; 0: it has none, or is neither.</param>
public sealed record FileDescription(string Name, FileUse Use, long Bytes, long FirstRevision, long LastRevision);

/// <summary>What a file of a data directory is for.</summary>
public enum FileUse
{
    /// <summary>Not of the log: the lock, or a stranger's.</summary>
    Other,

    /// <summary>The state snapshot that the next start begins with.</summary>
    Snapshot,

    /// <summary>A segment of the log that the next start reads.</summary>
    Segment,

    /// <summary>A state snapshot or segment that is unfinished or no longer needed: the next start takes it away.</summary>
    Superfluous,
}
