using Registry.TestKit.Guarantees.Recording;

namespace Registry.TestKit.Guarantees;

/// <summary>One promise of discovery.proto, and how to see in a recording that it was broken. Stateless.</summary>
public interface IGuarantee
{
    /// <summary>The promise, in the words that a failure begins with.</summary>
    string Promise { get; }

    /// <summary>Where the recording breaks it, as sentences. Empty: it was kept.</summary>
    IEnumerable<string> Check(WatchRecording recording);
}
