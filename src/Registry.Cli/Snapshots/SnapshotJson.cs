namespace Registry.Cli.Snapshots;

/// <summary>What <c>snapshot save --output json</c> writes: one document.</summary>
/// <param name="File">The backup, absolute.</param>
/// <param name="Revision">Where it stands; 0: nothing was ever registered.</param>
/// <param name="Epoch">The history that the revision belongs to.</param>
/// <param name="Applications">In all namespaces.</param>
/// <param name="Instances">In all states.</param>
/// <param name="Bytes">How long the file is.</param>
internal sealed record SavedJson(string File, long Revision, string Epoch, long Applications, long Instances, long Bytes);

/// <summary>What <c>snapshot restore --output json</c> writes: one document.</summary>
/// <param name="Directory">The data directory, absolute.</param>
/// <param name="Revision">Where it stands.</param>
/// <param name="Epoch">The epoch that it begins.</param>
/// <param name="Parent">The backup's epoch, from which it goes on.</param>
/// <param name="FirstRevision">What its first change gets at least.</param>
/// <param name="Applications">In all namespaces.</param>
/// <param name="Instances">In all states.</param>
internal sealed record RestoredJson(
    string Directory, long Revision, string Epoch, string Parent, long FirstRevision, long Applications, long Instances);

/// <summary>What <c>snapshot inspect --output json</c> writes: one document.</summary>
/// <param name="Path">The backup or directory, absolute.</param>
/// <param name="Kind"><c>backup</c> or <c>directory</c>.</param>
/// <param name="Format">The version of the format.</param>
/// <param name="Taken">When the state was written; missing: there is only a log.</param>
/// <param name="Revision">The last revision; 0: nothing was ever registered.</param>
/// <param name="Epochs">Oldest first.</param>
/// <param name="Applications">In all namespaces.</param>
/// <param name="Instances">In all states.</param>
/// <param name="Bytes">Of all files.</param>
/// <param name="TornBytes">Of a directory: what was left unfinished at the end.</param>
/// <param name="StartReads">Of a directory: how much the next start reads, in bytes.</param>
/// <param name="Files">Of a directory, by name.</param>
internal sealed record InspectedJson(
    string Path,
    string Kind,
    uint Format,
    string? Taken,
    long Revision,
    IReadOnlyList<EpochJson> Epochs,
    long Applications,
    long Instances,
    long Bytes,
    long? TornBytes,
    long? StartReads,
    IReadOnlyList<FileJson>? Files);

/// <summary>An epoch; <c>lastRevision</c> 0: it has no change.</summary>
internal sealed record EpochJson(string Epoch, long FirstRevision, long LastRevision);

/// <summary>A file; <c>use</c> is <c>snapshot</c>, <c>segment</c>, <c>superfluous</c> or <c>other</c>; revisions 0: it has none.</summary>
internal sealed record FileJson(string Name, string Use, long Bytes, long FirstRevision, long LastRevision);

/// <summary>What <c>snapshot verify --output json</c> writes if all is whole: one document. Else there is an error line.</summary>
/// <param name="Path">The backup or directory, absolute.</param>
/// <param name="Revision">The last revision.</param>
/// <param name="Epoch">The history that the revision belongs to.</param>
/// <param name="Applications">In all namespaces.</param>
/// <param name="Instances">In all states.</param>
/// <param name="Bytes">Of all files.</param>
/// <param name="TornBytes">Of a directory: what was left unfinished at the end; a start cuts it off, and nobody was told that it was kept.</param>
internal sealed record VerifiedJson(string Path, long Revision, string Epoch, long Applications, long Instances, long Bytes, long TornBytes);
