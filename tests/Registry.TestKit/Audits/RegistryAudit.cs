using Registry.Core;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;

namespace Registry.TestKit.Audits;

/// <summary>
/// The integrity audit of a quiet registry: no command under way, the pump has passed the last change, the expiry has run. A stress
/// test without it only tests that nothing crashed.
/// </summary>
public static class RegistryAudit
{
    /// <summary>Everything that does not hold, as sentences. Empty: the registry is whole.</summary>
    public static IReadOnlyList<string> Check(ServiceRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        var violations = new List<string>();
        var applications = registry.Applications.ReadAll().OrderBy(a => a.Name.ToString(), StringComparer.Ordinal).ToList();
        var published = registry.Revision;
        foreach (var application in applications)
        {
            CheckInstances(registry, application, published, violations);
            CheckBuilds(application, published, violations);
        }

        var counted = applications.Sum(a => a.Instances.Length);
        if (counted != registry.InstanceCount)
            violations.Add($"the registry counts {registry.InstanceCount} instances and has {counted}");
        foreach (var application in applications)
        {
            var unleased = application.Instances.Count(static i => !i.IsLeased);
            if (unleased != application.UnleasedCount)
                violations.Add($"{application.Topic} counts {application.UnleasedCount} instances without a lease and has {unleased}");
        }

        var without = applications.Sum(a => a.UnleasedCount);
        if (without != registry.Commits.UnleasedCount)
            violations.Add($"the registry counts {registry.Commits.UnleasedCount} instances without a lease and has {without}");
        CheckLeases(registry, violations);
        CheckMappings(registry, applications, published, violations);
        CheckEntries(registry, applications, violations);
        CheckReads(registry, applications, violations);
        return violations;
    }

    private static void CheckInstances(ServiceRegistry registry, ApplicationSnapshot application, long published, List<string> violations)
    {
        if (application.Revision < 1 || application.Revision > published)
            violations.Add($"{application.Topic} is at revision {application.Revision}, published is {published}");
        for (var i = 0; i < application.Instances.Length; i++)
        {
            var instance = application.Instances[i];
            var name = $"{application.Topic} instance {instance.Id}";
            if (i > 0 && string.CompareOrdinal(application.Instances[i - 1].Id, instance.Id) >= 0)
                violations.Add($"{name} stands after {application.Instances[i - 1].Id}");
            if (instance.Revision < 1 || instance.Revision > application.Revision)
                violations.Add($"{name} is at revision {instance.Revision}, its application at {application.Revision}");
            if (instance.Incarnation < 1 || instance.Incarnation > instance.Revision)
                violations.Add($"{name} has incarnation {instance.Incarnation} at revision {instance.Revision}");
            if (instance.Declaration.BuildId.Length > 0 && application.FindBuild(instance.Declaration.BuildId) is null)
                violations.Add($"{name} runs build {instance.Declaration.BuildId}, which is not declared");
            if (!instance.IsLeased)
            {
                if (instance.IsSuspect || instance.Lease != default)
                    violations.Add($"{name} is kept by {instance.Holder} and hangs on lease {instance.Lease}{(instance.IsSuspect ? ", suspect" : "")}");
                continue;
            }

            if (!registry.Leases.TryGet(instance.Lease, out var lease))
                violations.Add($"{name} hangs on lease {instance.Lease}, which is not there: nothing will ever remove it");
            else if (!lease.ReadHeld().Contains((application.Name, instance.Id)))
                violations.Add($"{name} hangs on lease {instance.Lease}, which does not list it: its expiry would leave it behind");
            else if (instance.IsSuspect != (lease.Word.State == LeaseState.Overdue))
                violations.Add($"{name} is {(instance.IsSuspect ? "" : "not ")}suspect, and its lease is {lease.Word.State}");
        }
    }

    private static void CheckBuilds(ApplicationSnapshot application, long published, List<string> violations)
    {
        for (var i = 0; i < application.Builds.Length; i++)
        {
            var use = application.Builds[i];
            var name = $"{application.Topic} build {use.Build.Id}";
            if (i > 0 && string.CompareOrdinal(application.Builds[i - 1].Build.Id, use.Build.Id) >= 0)
                violations.Add($"{name} stands after {application.Builds[i - 1].Build.Id}");
            if (Build.Of(use.Build.Interfaces).Id != use.Build.Id)
                violations.Add($"{name} is not the hash of its interfaces");
            var running = application.Instances.Count(instance => instance.Declaration.BuildId == use.Build.Id);
            if (running != use.Instances)
                violations.Add($"{name} counts {use.Instances} instances, and {running} run it");
            if ((use.UnusedSince > 0) != (running == 0) || use.UnusedSince > published)
                violations.Add($"{name} has {running} instances and is unused since {use.UnusedSince}");
        }
    }

    private static void CheckLeases(ServiceRegistry registry, List<string> violations)
    {
        var leases = registry.Leases.ReadAll().ToList();
        if (leases.Count != registry.LeaseCount)
            violations.Add($"the registry counts {registry.LeaseCount} leases and has {leases.Count}");
        foreach (var lease in leases)
        {
            if (lease.Word.State == LeaseState.Expired)
                violations.Add($"lease {lease.Id} has expired and is still in the table");
            foreach (var (application, id) in lease.ReadHeld())
            {
                if (!registry.ReadApplication(application).TryGetInstance(id, out var instance))
                    violations.Add($"lease {lease.Id} lists {application} {id}, which is not there");
                else if (instance.Lease != lease.Id)
                    violations.Add($"lease {lease.Id} lists {application} {id}, which hangs on {instance.Lease}");
            }
        }
    }

    // The interface table is derived: it equals exactly what follows from the application table.
    private static void CheckMappings(
        ServiceRegistry registry, List<ApplicationSnapshot> applications, long published, List<string> violations)
    {
        var expected = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var pairs =
            from application in applications
            from use in application.Builds
            from name in use.Build.Interfaces
            where !registry.Options.UnmappedInterfaces.Contains(name)
            group use.Build.Id by (Interface: new QualifiedName(application.Name.Namespace, name), Application: application.Name.Name);
        foreach (var mapping in pairs.GroupBy(p => p.Key.Interface))
        {
            expected[mapping.Key.ToString()] = string.Join(
                "; ", mapping.OrderBy(p => p.Key.Application, StringComparer.Ordinal).Select(p => $"{p.Key.Application}: {string.Join(',', p.Order(StringComparer.Ordinal))}"));
        }

        foreach (var mapping in registry.Interfaces.ReadAll())
        {
            var actual = string.Join("; ", mapping.Applications.Select(a => $"{a.Application}: {string.Join(',', a.Builds)}"));
            if (!expected.Remove(mapping.Name.ToString(), out var follows))
                violations.Add($"{mapping.Topic} maps {actual}, and no application declares it");
            else if (follows != actual)
                violations.Add($"{mapping.Topic} maps {actual}, and from the applications follows {follows}");
            if (mapping.Revision < 1 || mapping.Revision > published)
                violations.Add($"{mapping.Topic} is at revision {mapping.Revision}, published is {published}");
        }

        foreach (var (name, follows) in expected)
            violations.Add($"interface {name} is not mapped, and from the applications follows {follows}");
    }

    private static void CheckEntries(ServiceRegistry registry, List<ApplicationSnapshot> applications, List<string> violations)
    {
        if (registry.Applications.CountEntries() is var entries && entries != applications.Count)
            violations.Add($"the table of applications has {entries} entries for {applications.Count} applications: absences were left behind");
        if (registry.Interfaces.CountEntries() is var mappings && mappings != registry.Interfaces.ReadAll().Count())
            violations.Add($"the table of interfaces has {mappings} entries for {registry.Interfaces.ReadAll().Count()} interfaces: absences were left behind");
    }

    private static void CheckReads(ServiceRegistry registry, List<ApplicationSnapshot> applications, List<string> violations)
    {
        foreach (var group in applications.GroupBy(a => a.Name.Namespace))
        {
            var listed = registry.ListApplications(group.Key, "", "", int.MaxValue);
            if (!listed.SequenceEqual(group.OrderBy(a => a.Name.Name, StringComparer.Ordinal)))
                violations.Add($"the list of the applications of {group.Key} differs from the table");
        }

        var names = applications.Select(a => a.Name).ToArray();
        var together = registry.ReadTogether([.. registry.Interfaces.ReadAll().Select(m => m.Name)], names);
        if (together.Revision != registry.Revision)
            violations.Add($"a read of everything stands at {together.Revision}, published is {registry.Revision}");
        if (!together.Applications.ToHashSet().SetEquals(applications))
            violations.Add("a read of everything differs from the table of applications");
    }
}
