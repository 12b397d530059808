namespace Registry.Benchmarks.Locking;

/// <summary>
/// Whether the tables hold what was written. A strategy that loses a write or lets a revision go back has no figure.
/// </summary>
internal static class Audit
{
    /// <exception cref="InvalidOperationException">The tables do not hold what was written.</exception>
    public static void Check(IRegistryTables tables, Population population, IReadOnlyList<Member> members)
    {
        var violations = members.Where(m => m.Violation is not null).Select(m => m.Violation!)
            .Concat(CheckRevision(tables, members))
            .Concat(CheckInstances(tables, population, members))
            .Concat(CheckMoves(tables, population, members))
            .Take(5)
            .ToList();
        if (violations.Count > 0)
            throw new InvalidOperationException(string.Join("; ", violations));
    }

    private static IEnumerable<string> CheckRevision(IRegistryTables tables, IReadOnlyList<Member> members)
    {
        var expected = Population.StartRevision + members.Sum(m => m.Writes);
        if (tables.Revision != expected)
            yield return $"{expected - Population.StartRevision} writes ended at revision {tables.Revision}";
    }

    // Each write puts an instance in whole, so what stands is the write with the largest revision of those that wrote this instance.
    private static IEnumerable<string> CheckInstances(IRegistryTables tables, Population population, IReadOnlyList<Member> members)
    {
        for (var i = 0; i < population.Count; i++)
        {
            var application = tables.ReadApplication(population.ApplicationNames[i]);
            var newest = Population.StartRevision;
            for (var number = 0; number < Write.InstanceIds.Length; number++)
            {
                var last = Population.StartRevision;
                foreach (var member in members)
                {
                    if ((member.Number & 1) == number)
                        last = Math.Max(last, member.LastRevisions[i]);
                }

                if (application is null || !application.TryGetInstance(Write.InstanceIds[number], out var instance))
                    yield return $"{population.ApplicationNames[i]} has lost {Write.InstanceIds[number]}";
                else if (instance.Revision != last)
                    yield return $"{population.ApplicationNames[i]}/{instance.Id} stands at {instance.Revision}, and was written at {last}";
                newest = Math.Max(newest, last);
            }

            if (application is not null && application.Revision != newest)
                yield return $"{population.ApplicationNames[i]} stands at {application.Revision}, and was written at {newest}";
        }
    }

    // A build that came and went n times is there if n is odd, in the application and in the mapping.
    private static IEnumerable<string> CheckMoves(IRegistryTables tables, Population population, IReadOnlyList<Member> members)
    {
        for (var place = 0; place < population.MovableCount; place++)
        {
            var (index, build, served) = population.Movable(place);
            var name = population.ApplicationNames[index];
            var isExpected = members.Sum(m => m.Moves[place]) % 2 == 1;
            if (tables.ReadApplication(name)?.FindBuild(build.Id) is not null != isExpected)
                yield return $"{name} was to have its second build: {isExpected}";
            var mapped = tables.ReadInterface(population.Interfaces[served])?.Find(name.Name);
            if ((mapped is not null && mapped.Builds.Contains(build.Id)) != isExpected)
                yield return $"{population.Interfaces[served]} was to be mapped to {name}'s second build: {isExpected}";
        }
    }
}
