using System.Globalization;
using Registry.Core.Instances;
using Registry.Core.Naming;
using Registry.Storage.Snapshots;

namespace Registry.Storage.Backups;

/// <summary>
/// Whether a state is one that a registry can have. Checksums tell that a file is as it was written; this tells that what was written fits
/// together, so that nobody learns it from a server that was started with it. One state each; one thread.
/// </summary>
/// <param name="revision">Where the state stands.</param>
internal sealed class StateCheck(long revision)
{
    // Room for more restores than anybody makes: see BackupRestore.FirstRevisionAfter.
    private const long MaxRevision = long.MaxValue / 2;
    private const int EpochDigits = 16;

    private readonly HashSet<QualifiedName> _names = [];

    /// <summary>The applications so far.</summary>
    public long Applications => _names.Count;

    /// <summary>Their instances.</summary>
    public long Instances { get; private set; }

    /// <summary>What a snapshot says of itself against what was found in it. Null: it fits.</summary>
    public string? FindFault(SnapshotFile snapshot)
    {
        var (header, end) = (snapshot.Header, snapshot.End);
        if (revision is < 0 or > MaxRevision)
            return $"revision {revision} is out of bounds";
        if (header.FirstRevision != revision || header.Previous != revision)
            return $"it begins as one at revision {header.Previous}, and ends at {revision}";
        if (end.Applications != Applications || end.Instances != Instances)
            return $"it has {Applications} applications and {Instances} instances, and says {end.Applications} and {end.Instances}";
        if (header.Epoch != end.Epochs[^1].Epoch)
            return $"it begins in epoch {header.Epoch}, and ends in {end.Epochs[^1].Epoch}";
        if (end.TakenUnixMillis < 0 || end.TakenUnixMillis > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
            return $"it was taken {end.TakenUnixMillis} ms after 1970";

        var names = new HashSet<string>(StringComparer.Ordinal);
        var (first, last) = (0L, 0L);
        foreach (var epoch in end.Epochs)
        {
            if (epoch.Epoch.Length != EpochDigits || !epoch.Epoch.All(char.IsAsciiHexDigitLower) || !names.Add(epoch.Epoch))
                return $"'{epoch.Epoch}' can't be the name of another epoch";
            if (epoch.FirstRevision <= first || epoch.LastRevision < last || epoch.LastRevision > revision)
                return $"epoch {epoch.Epoch} can't go from revision {epoch.FirstRevision} to {epoch.LastRevision} here";
            (first, last) = (epoch.FirstRevision, epoch.LastRevision);
        }

        // Of the present epoch the last revision is the one before it.
        return revision < first && revision != last ? $"no epoch has revision {revision}" : null;
    }

    /// <summary>Adds an application. Null: it can be one of this state.</summary>
    public string? FindFault(ApplicationSnapshot application)
    {
        if (NameRules.CheckTopic(Topic.OfApplication(application.Name), "namespace", "application") is { } bad)
            return bad.Message;
        var fault = !_names.Add(application.Name) ? "is there twice"
            : application.IsAbsent ? "has neither instances nor builds"
            : application.Revision < 1 || application.Revision > revision ? $"is at revision {application.Revision}, and the state at {revision}"
            : FindInstanceFault(application) ?? FindBuildFault(application);
        Instances += application.Instances.Length;
        return fault is null ? null : $"application {application.Name} {fault}";
    }

    private static string? FindInstanceFault(ApplicationSnapshot application)
    {
        for (var i = 0; i < application.Instances.Length; i++)
        {
            var instance = application.Instances[i];
            if (i > 0 && string.CompareOrdinal(application.Instances[i - 1].Id, instance.Id) >= 0)
                return $"has instance {instance.Id} behind {application.Instances[i - 1].Id}";
            if (instance.Revision < 1 || instance.Revision > application.Revision)
                return $"is at revision {application.Revision}, and its instance {instance.Id} at {instance.Revision}";
            if (instance.Incarnation < 1 || instance.Incarnation > instance.Revision)
                return string.Create(CultureInfo.InvariantCulture, $"has instance {instance.Id} of incarnation {instance.Incarnation} at revision {instance.Revision}");
            if (instance.Declaration.BuildId.Length > 0 && application.FindBuild(instance.Declaration.BuildId) is null)
                return $"has instance {instance.Id} of build {instance.Declaration.BuildId}, which it has not declared: no interface would map to it";
        }

        return null;
    }

    private static string? FindBuildFault(ApplicationSnapshot application)
    {
        var running = application.Instances.CountBy(static instance => instance.Declaration.BuildId).ToDictionary(StringComparer.Ordinal);
        for (var i = 0; i < application.Builds.Length; i++)
        {
            var use = application.Builds[i];
            if (i > 0 && string.CompareOrdinal(application.Builds[i - 1].Build.Id, use.Build.Id) >= 0)
                return $"has build {use.Build.Id} behind {application.Builds[i - 1].Build.Id}";
            var count = running.GetValueOrDefault(use.Build.Id);
            if (use.Instances != count)
                return $"counts {use.Instances} instances of build {use.Build.Id}, and {count} run it";
            if ((use.UnusedSince > 0) != (count == 0) || use.UnusedSince < 0 || use.UnusedSince > application.Revision)
                return $"has build {use.Build.Id}, which {count} instances run and which is unused since {use.UnusedSince}";
        }

        return null;
    }
}
