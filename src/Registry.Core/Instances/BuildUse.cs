using System.Diagnostics;

namespace Registry.Core.Instances;

/// <summary>A build that an application has declared, and whether instances run it. Immutable once published.</summary>
internal sealed class BuildUse(Build build, int instances, long unusedSince)
{
    public Build Build { get; } = build;

    /// <summary>How many of the application's instances run it.</summary>
    public int Instances { get; } = instances;

    /// <summary>
    /// The revision at which the last instance left (or the build was declared without one); 0 while instances run it. Retiring
    /// names this revision, so that a build that was used in between is not retired by a late timer.
    /// </summary>
    public long UnusedSince { get; private set; } = unusedSince;

    // Called inside the commit section, before anybody else can see it.
    internal void Stamp(long revision)
    {
        Debug.Assert(Instances == 0, "only an unused build has a time since when");
        if (UnusedSince == 0)
            UnusedSince = revision;
    }
}
