using Registry.Storage.Format;

namespace Registry.Storage.Recovery;

/// <summary>Where a log ends, and the next batch goes.</summary>
/// <param name="Segment">The last segment's header; null: there is no segment.</param>
/// <param name="Offset">Where its last record ends.</param>
/// <param name="LastRevision">The last revision in the log; 0: none.</param>
internal readonly record struct LogEnd(SegmentHeader? Segment, long Offset, long LastRevision);
