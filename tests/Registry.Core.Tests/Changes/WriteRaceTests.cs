using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Naming;
using Registry.Core.Tables;
using Registry.Core.Watching;
using Registry.TestKit.Core;
using Registry.TestKit.Threads;
using Xunit;

namespace Registry.Core.Tests.Changes;

/// <summary>
/// Two writers, one of them stopped in the middle of its commit. Each of these fails at once when the lock that it is about is taken away
/// (tests/Registry.Doubles.Tests does that). The registry is audited at the end of each.
/// </summary>
public sealed class WriteRaceTests
{
    [Fact]
    public void TwoWriters_OfOneApplication_BothStay()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("a"));

        HeldWriter.RunInCommit(
            driven.Log,
            () => driven.Register(lease, "orders", Given.Instance("b")),
            () => driven.Register(lease, "orders", Given.Instance("c")));

        Assert.Equal(["a", "b", "c"], driven.Registry.ReadApplication(Given.Name("orders")).Instances.Select(i => i.Id));
    }

    [Fact]
    public void TwoFirstWriters_OfOneApplication_BothStay()
    {
        // Stopped before the application has its place in the table.
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();

        HeldWriter.Run(
            stop => driven.Do(new HeldCommand(Register(lease, "orders", "a"), stop)),
            () => driven.Do(Register(lease, "orders", "b")));

        Assert.Equal(["a", "b"], driven.Registry.ReadApplication(Given.Name("orders")).Instances.Select(i => i.Id));
    }

    [Fact]
    public void TwoApplications_ThatDeclareOneInterface_AreBothMapped()
    {
        using var driven = new DrivenRegistry();
        var (first, second) = TwoStripes(driven.Registry.Applications);

        HeldWriter.RunInCommit(driven.Log, () => driven.Declare(first, ["x.Y"]), () => driven.Declare(second, ["x.Y"]));

        var mapped = driven.Registry.ReadInterface(Given.Name("x.Y")).Applications.Select(a => a.Application);
        Assert.Equal(new[] { first, second }.Order(StringComparer.Ordinal), mapped);
    }

    [Fact]
    public void TwoApplications_NeverGetOneRevision()
    {
        using var driven = new DrivenRegistry();
        var (first, second) = TwoStripes(driven.Registry.Applications);

        HeldWriter.RunInCommit(driven.Log, () => driven.Declare(first, ["x.Y"]), () => driven.Declare(second, ["x.Z"]));

        Assert.Equal([1, 2], driven.Log.Changes.Select(c => c.Revision));
    }

    [Fact]
    public void Revisions_AreTheOrderOfTheLog_HoweverWritersOvertakeEachOther()
    {
        // The second waits at the commit section; the first leaves it, and comes again at once, before the second has woken up. Where a
        // revision is taken before the section, the second has the older one then, and publishes it last. Which of them is first is the
        // scheduler's choice, but not this many times for the second. Each has a lease of its own: the lock of one that they
        // share would bring them into an order before.
        using var driven = new DrivenRegistry();
        var (lease, other) = (driven.Grant(), driven.Grant());
        var (first, second) = TwoStripes(driven.Registry.Applications);
        for (var i = 0; i < 200 && driven.Log.Violations.Count == 0; i++)
        {
            HeldWriter.RunInCommit(
                driven.Log,
                () =>
                {
                    for (var again = 0; again < 10; again++)
                        driven.Register(lease, first, Given.Instance("a", 1 + (10 * i) + again));
                },
                () => driven.Register(other, second, Given.Instance("a", 1 + i)));
        }

        Assert.Empty(driven.Log.Violations);
    }

    private static RegisterCommand Register(LeaseId lease, string application, string instance) =>
        new(Given.Name(application), "", lease, [Given.Instance(instance)], []);

    // Names that do not meet in one stripe, so that it is not the application's lock that stops the second.
    private static (string First, string Second) TwoStripes<T>(StripedTable<T> table)
        where T : TopicSnapshot
    {
        var names = Enumerable.Range(0, 1_000).Select(i => $"app-{i}");
        var second = names.First(name => Index(name) != Index("app-0"));
        return ("app-0", second);

        int Index(string name) => table.StripeOf(new QualifiedName(QualifiedName.Default, name)).Index;
    }

    private sealed class HeldCommand(Command inner, Action stop) : Command(inner.Application, inner.Owner)
    {
        internal override Decision Decide(ApplicationSnapshot current, DecisionContext context)
        {
            stop();
            return inner.Decide(current, context);
        }
    }
}
