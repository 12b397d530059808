using System.Globalization;

namespace Registry.Storage.Snapshots;

/// <summary>What state snapshots are called: the revision from which on the log goes on, in 20 digits.</summary>
internal static class SnapshotName
{
    private const string Extension = ".state";
    private const int Digits = 20;

    public static string Of(long fromRevision) => fromRevision.ToString($"D{Digits}", CultureInfo.InvariantCulture) + Extension;

    /// <summary>Whether a file is a state snapshot.</summary>
    public static bool Matches(string name) =>
        name.Length == Digits + Extension.Length
        && name.EndsWith(Extension, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(0, Digits), NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
