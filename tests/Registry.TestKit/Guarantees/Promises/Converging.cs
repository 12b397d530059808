using Registry.TestKit.Guarantees.Recording;

namespace Registry.TestKit.Guarantees.Promises;

/// <summary>When changes stop, every stream that is read reaches the last revision.</summary>
public sealed class Converging : IGuarantee
{
    public string Promise => "Converging: when changes stop, every stream that is read reaches the last revision.";

    public IEnumerable<string> Check(WatchRecording recording)
    {
        ArgumentNullException.ThrowIfNull(recording);
        if (!recording.IsQuiet)
            return [];
        return
            from stream in recording.Streams
            where stream is { IsOpen: true, IsRead: true }
            let last = stream.Batches.Count == 0 ? -1 : stream.Batches[^1].Revision
            where last < recording.History.Revision
            select $"{stream.Name} stands at {last}, and the last revision is {recording.History.Revision}.";
    }
}
