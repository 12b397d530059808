using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Naming;
using Registry.TestKit.Changes;
using Registry.TestKit.Core;
using Registry.TestKit.Threads;
using Registry.TestKit.Time;
using Xunit;

namespace Registry.Core.Tests.Reading;

/// <summary>Reads take no lock, and what they return stands together.</summary>
public sealed class ReadTests
{
    [Fact]
    public void ReadTogether_BringsTheMappingsAndTheirApplications_EachOnce()
    {
        using var driven = new DrivenRegistry();
        driven.Serve(driven.Grant(), "orders", "a", "x.Y", "x.Z");
        driven.Declare("billing", ["x.Y"]);

        var read = driven.Registry.ReadTogether([Given.Name("x.Z"), Given.Name("x.Y"), Given.Name("x.Nobody")], [Given.Name("orders"), Given.Name("nobody")]);

        Assert.Equal(driven.Registry.Revision, read.Revision);
        Assert.Equal(["x.Z", "x.Y", "x.Nobody"], read.Mappings.Select(m => m.Name.Name));
        Assert.True(read.Mappings[2].IsAbsent);
        Assert.Equal(["billing", "nobody", "orders"], read.Applications.Select(a => a.Name.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void MappedWithoutInstance_IsToldApartFromUnknown()
    {
        using var driven = new DrivenRegistry();
        driven.Declare("orders", ["x.Y"]);

        var read = driven.Registry.ReadTogether([Given.Name("x.Y"), Given.Name("x.Z")], []);

        Assert.Equal((false, true), (read.Mappings[0].IsAbsent, read.Mappings[1].IsAbsent));
        var application = Assert.Single(read.Applications);
        Assert.Equal((false, 0), (application.IsAbsent, application.Count));
    }

    [Fact]
    public void Lists_AreInOrdinalOrder_ByPrefixAndAfterAName()
    {
        using var driven = new DrivenRegistry();
        foreach (var name in new[] { "b", "a.b", "B", "a-b", "a", "a_b", "aa" })
            driven.Declare(name, [$"x.{name}"]);
        driven.Do(new DeclareBuildsCommand(new QualifiedName("other", "a"), "", [Given.Build("y.Z")]));

        string[] Applications(string prefix, string after, int count) =>
            [.. driven.Registry.ListApplications("default", prefix, after, count).Select(a => a.Name.Name)];

        Assert.Equal(["B", "a", "a-b", "a.b", "a_b", "aa", "b"], Applications("", "", 100));
        Assert.Equal(["a", "a-b", "a.b"], Applications("a", "", 3));
        Assert.Equal(["a_b", "aa"], Applications("a", "a.b", 3));
        Assert.Equal(["b"], Applications("", "aaa", 3));
        Assert.Empty(Applications("", "b", 3));
        Assert.Empty(Applications("", "", 0));
        Assert.Equal(["x.a", "x.a-b"], driven.Registry.ListInterfaces("default", "x.a", "", 2).Select(i => i.Name.Name));
        Assert.Equal(["y.Z"], driven.Registry.ListInterfaces("other", "", "", 2).Select(i => i.Name.Name));
    }

    [Fact]
    public void Pages_ListEveryNameOnce()
    {
        using var driven = new DrivenRegistry();
        string[] names = [.. Enumerable.Range(0, 97).Select(i => $"a{i * 7919 % 97:00}")];
        foreach (var name in names)
            driven.Declare(name, ["x.Y"]);

        var listed = new List<string>();
        while (driven.Registry.ListApplications("default", "", listed.LastOrDefault() ?? "", 10) is { Count: > 0 } page)
            listed.AddRange(page.Select(a => a.Name.Name));

        Assert.Equal(names.Order(StringComparer.Ordinal), listed);
    }

    [Fact]
    public void Snapshot_ThatWasRead_NeverChanges()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"));
        var read = driven.Registry.ReadApplication(Given.Name("orders"));

        driven.Register(lease, "orders", Given.Instance("a", 9), Given.Instance("b"));

        Assert.Equal((1L, 8080), (read.Revision, Assert.Single(read.Instances).Declaration.Endpoints[0].Port));
    }

    [Fact]
    public void ReadTogether_WhileWritersWork_StandsAtOneRevision()
    {
        // Each writer moves one name forth and back between two applications, in two changes, so a name is in the first, in both or
        // in none: which of them is a function of the revision alone, and the log knows it. Names come and go, so that absences are
        // forgotten under the readers as well.
        // How it was seen to fail: with "stands" always true in Collect (no look at the published revision after an absence)
        // the first hundred reads had one that never stood.
        var log = new HistoryLog();
        using var registry = new ServiceRegistry(
            new RegistryOptions { Stripes = 4 }, new DrivenClock(), log, static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false));
        string[] interfaces = ["x.A", "x.B", "x.C"];
        QualifiedName[] names = [.. interfaces.Select(Given.Name)];
        QualifiedName[] applications = [Given.Name("left0"), Given.Name("right0"), Given.Name("left1"), Given.Name("right1")];
        var writing = 2;
        var reads = new List<TopicReads>();

        StartingGate.Run(4, worker =>
        {
            if (worker < 2)
            {
                for (var i = 0; i < 500; i++)
                    Toggle(registry, worker, interfaces[i % 3]);
                Interlocked.Decrement(ref writing);
                return;
            }

            while (Volatile.Read(ref writing) > 0)
            {
                var read = registry.ReadTogether(names, applications);
                lock (reads)
                    reads.Add(new TopicReads(read.Revision, Describe(read.Mappings.Select(m => (m.Name.Name, string.Join(',', m.Applications.Select(a => a.Application)))))));
            }
        });

        var expected = new Dictionary<long, string> { [0] = Describe(interfaces.Select(i => (i, ""))) };
        var serving = interfaces.ToDictionary(i => i, _ => new SortedSet<string>(StringComparer.Ordinal));
        var interfaceOf = interfaces.ToDictionary(i => Build.Of([i]).Id, i => i);
        foreach (var (revision, change) in log.Changes)
        {
            foreach (var build in change.BuildsAdded)
                serving[interfaceOf[build.Id]].Add(change.Application.Name);
            foreach (var build in change.BuildsRemoved)
                serving[interfaceOf[build]].Remove(change.Application.Name);
            expected[revision] = Describe(interfaces.Select(i => (i, string.Join(',', serving[i]))));
        }

        Assert.NotEmpty(reads);
        Assert.All(reads, read => Assert.Equal(expected[read.Revision], read.Text));
    }

    private static void Toggle(ServiceRegistry registry, int writer, string @interface)
    {
        foreach (var (add, application) in new[] { (true, $"left{writer}"), (true, $"right{writer}"), (false, $"left{writer}"), (false, $"right{writer}") })
        {
            Command(registry, add
                ? new DeclareBuildsCommand(Given.Name(application), "", [Given.Build(@interface)])
                : new WithdrawBuildsCommand(Given.Name(application), "", [Build.Of([@interface]).Id]));
        }
    }

    private static void Command(ServiceRegistry registry, Registry.Core.Changes.Command command)
    {
        var done = registry.ExecuteAsync(command, CancellationToken.None);
        Assert.True(done.IsCompletedSuccessfully);
    }

    private static string Describe(IEnumerable<(string Interface, string Applications)> mappings) =>
        string.Join("; ", mappings.Select(m => $"{m.Interface}: {m.Applications}"));

    private sealed record TopicReads(long Revision, string Text);
}
