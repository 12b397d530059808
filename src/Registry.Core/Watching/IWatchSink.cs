namespace Registry.Core.Watching;

/// <summary>Where a stream's batches go: the transport's end of a <see cref="WatchStream"/>.</summary>
public interface IWatchSink
{
    /// <summary>
    /// Takes one batch. Never blocks, never waits, never throws: it runs on the thread that serves all other streams too. One call
    /// at a time, and none after <see cref="WatchStream.CloseAsync"/> has completed.
    /// </summary>
    /// <returns>
    /// True: the client's connection has taken it, and the next batch may come at once. False: it is taken, and
    /// <see cref="WatchStream.Flushed"/> will be called once when it has gone out; until then no other batch comes.
    /// </returns>
    bool TryWrite(WatchBatch batch);

    /// <summary>
    /// The registry gives the stream up (it was not read for too long, or broke a rule): end it with this error. Never blocks. No
    /// batch comes after it; the transport closes the stream as always.
    /// </summary>
    void Abort(RegistryError error);
}
