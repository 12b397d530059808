using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Registry.Core.Restoring;

/// <summary>Which history a registry writes, and which ones it goes on from. Immutable.</summary>
/// <param name="Epoch">The present epoch.</param>
/// <param name="Ancestors">The epochs before it, oldest first.</param>
/// <param name="LastRevision">The last revision that was recovered; 0: none.</param>
/// <param name="FirstRevision">
/// What the next change gets at least: more than any revision that was ever seen. A revision that was seen, lost in a power cut and given
/// again would mean two things to whoever compares revisions alone.
/// </param>
/// <param name="Floor">The revision after which every change is known, removals too; 0: all of them are.</param>
internal sealed record RegistryHistory(
    string Epoch, ImmutableArray<Ancestor> Ancestors, long LastRevision, long FirstRevision, long Floor = 0)
{
    /// <summary>The bytes of an epoch, of which its name is the hex digits.</summary>
    public const int EpochBytes = 8;

    /// <summary>A history that goes on from nothing.</summary>
    public static RegistryHistory New() => new(NewEpoch(), [], LastRevision: 0, FirstRevision: 1);

    /// <summary>A name that no other epoch has.</summary>
    public static string NewEpoch() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(EpochBytes));

    /// <summary>
    /// Whether a revision of an epoch is part of this history. One of an ancestor is, up to where that ancestor was durable; what the
    /// ancestor showed above is of a history that ended with it.
    /// </summary>
    public bool Contains(string epoch, long revision)
    {
        if (epoch == Epoch)
            return true;
        foreach (var ancestor in Ancestors)
        {
            if (ancestor.Epoch == epoch)
                return revision <= ancestor.LastRevision;
        }

        return false;
    }
}

/// <summary>An epoch that is over.</summary>
/// <param name="Epoch">Its name.</param>
/// <param name="LastRevision">Its last durable revision.</param>
internal readonly record struct Ancestor(string Epoch, long LastRevision);
