namespace Registry.Core.Watching;

/// <summary>
/// What a stream is told in one piece: after its items every topic that the stream follows stands exactly at <see cref="Revision"/>.
/// Immutable.
/// </summary>
/// <param name="Items">In the order in which they are told. May be empty: a sign of life.</param>
/// <param name="Revision">The revision of the Sync that ends the batch.</param>
public sealed record WatchBatch(IReadOnlyList<WatchItem> Items, long Revision);
