using Registry.TestKit.Guarantees.Promises;
using Registry.TestKit.Guarantees.Recording;

namespace Registry.TestKit.Guarantees;

/// <summary>All that a watcher was promised.</summary>
public static class WatchGuarantees
{
    // A broken promise is often broken a thousand times; the first few tell it all.
    private const int MaxSentences = 5;

    /// <summary>All but <see cref="Bookmarked"/>, which needs to know the server's interval.</summary>
    public static IReadOnlyList<IGuarantee> All { get; } =
        [new Ordered(), new NoGap(), new NoDuplicate(), new NeverBackInTime(), new Atomic(), new Followed(), new Resumable(), new Converging()];

    /// <summary>Checks promises, and says how each was broken, promise first.</summary>
    public static IReadOnlyList<string> Check(WatchRecording recording, params IGuarantee[] more)
    {
        ArgumentNullException.ThrowIfNull(recording);
        return [.. All.Concat(more).SelectMany(guarantee => guarantee.Check(recording).Take(MaxSentences).Select(broken => $"{guarantee.Promise} {broken}"))];
    }
}
