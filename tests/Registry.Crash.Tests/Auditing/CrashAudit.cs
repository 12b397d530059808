using Registry.Crash.Tests.Writing;

namespace Registry.Crash.Tests.Auditing;

/// <summary>Whether a life has begun with what was acknowledged in those before it.</summary>
internal static class CrashAudit
{
    /// <summary>Compares, and has each writer go on from what was found.</summary>
    /// <returns>How many writes that were in doubt were kept.</returns>
    public static int Check(FoundState found, IReadOnlyList<CrashWriter> writers, Action<string> violated)
    {
        var kept = 0;
        foreach (var writer in writers)
        {
            var own = found.Of(writer.Number);
            var difference = writer.Known.DifferenceTo(own);
            if (difference is not null && writer.InDoubt is { } write)
            {
                // Whole, or not at all: anything between the two is neither.
                if (write.After.DifferenceTo(own) is { } other)
                    violated($"writer {writer.Number}: {write.Name} was in doubt and is there by half: without it, {difference}; with it, {other}");
                kept++;
            }
            else if (difference is not null)
            {
                violated($"writer {writer.Number}: what was acknowledged is not there: {difference}");
            }

            writer.Adopt(own);
        }

        CheckStrangers(found, writers.Count, violated);
        CheckMappings(found, writers, violated);
        return kept;
    }

    private static void CheckStrangers(FoundState found, int writers, Action<string> violated)
    {
        foreach (var (application, instances) in found.Applications)
        {
            foreach (var instance in instances)
            {
                var writer = WriterNames.WriterOf(instance.Id);
                if (writer < 0 || writer >= writers || WriterNames.ApplicationOf(writer) != application)
                    violated($"{application} has {instance.Id}, which nobody registered there");
                if (instance.Revision < 1 || instance.Incarnation < 1 || instance.Incarnation > instance.Revision)
                    violated($"{application} {instance.Id} has incarnation {instance.Incarnation} and revision {instance.Revision}");
            }
        }
    }

    // Exactly the declared builds, and every build that somebody runs is one.
    private static void CheckMappings(FoundState found, IReadOnlyList<CrashWriter> writers, Action<string> violated)
    {
        var expected = WriterNames.AllInterfaces(writers.Count).ToDictionary(name => name, _ => new HashSet<(string, string)>());
        foreach (var writer in writers)
        {
            for (var build = 0; build < WriterNames.BuildsPerWriter; build++)
            {
                var id = WriterNames.BuildId(writer.Number, build);
                if (!writer.Known.Builds.Contains(id))
                    continue;
                foreach (var name in WriterNames.InterfacesOf(writer.Number, build))
                    expected[name].Add((WriterNames.ApplicationOf(writer.Number), id));
            }

            foreach (var instance in writer.Known.Instances.Values.Where(i => i.BuildId.Length > 0 && !writer.Known.Builds.Contains(i.BuildId)))
                violated($"{instance.Id} runs build {instance.BuildId}, which no interface maps to");
        }

        foreach (var (name, pairs) in expected)
        {
            var mapped = found.Mappings.GetValueOrDefault(name, []);
            if (!mapped.SetEquals(pairs))
                violated($"interface {name} maps to [{string.Join(' ', mapped)}], and declared are [{string.Join(' ', pairs)}]");
        }
    }
}
