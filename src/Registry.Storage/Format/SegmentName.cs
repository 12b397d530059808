using System.Globalization;

namespace Registry.Storage.Format;

/// <summary>What segments are called: the first revision that may be in them, in 20 digits, so that names sort as revisions do.</summary>
internal static class SegmentName
{
    private const string Extension = ".log";
    private const int Digits = 20;

    public static string Of(long firstRevision) => firstRevision.ToString($"D{Digits}", CultureInfo.InvariantCulture) + Extension;

    /// <summary>False: the file is not a segment.</summary>
    public static bool TryRead(string name, out long firstRevision)
    {
        firstRevision = 0;
        return name.Length == Digits + Extension.Length
            && name.EndsWith(Extension, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, Digits), NumberStyles.None, CultureInfo.InvariantCulture, out firstRevision);
    }
}
