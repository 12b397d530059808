using Registry.TestKit.Guarantees;
using Registry.TestKit.Guarantees.Promises;
using Registry.TestKit.Guarantees.Recording;
using Xunit;

namespace Registry.Core.Tests.Guarantees;

/// <summary>
/// The validators are right about recordings written by hand: what is good passes, and each bad one is rejected by exactly the validator
/// whose promise it breaks, or where one fault breaks several promises, by exactly those.
/// </summary>
[Trait("Suite", "Guarantees")]
public sealed class GuaranteeTests(ITestOutputHelper output)
{
    private const string Orders = Told.Orders;
    private const string A = Told.A;
    private const string B = Told.B;
    private const string Billing = "application default/billing";

    private static readonly IGuarantee[] All = [.. WatchGuarantees.All, new Bookmarked(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1))];

    [Fact]
    public void GoodHistories_AreAccepted()
    {
        var good = new Dictionary<string, Told>
        {
            ["step by step"] = FromTheStart().Delta(Orders, 1, 3, "i=3").Sync(3).Absent(A, 4).Absent(B, 4).Dropped(Billing).Sync(4)
                .Snapshot(A, 5, "billing=b").Snapshot(B, 5, "billing=b").Absent(Billing, 0).Sync(5).Delta(Orders, 3, 6, "j=6").Sync(6).Sync(6),
            ["changes merged"] = FromTheStart().Delta(Orders, 1, 3, "i=3").Delta(Orders, 3, 6, "j=6").Snapshot(A, 5, "billing=b").Snapshot(B, 5, "billing=b").Sync(6),
            ["batch without its Sync"] = FromTheStart().Snapshot(A, 9, "nonsense=b").End(),
            ["resumed"] = FromTheStart().End().Open(2, [A, B, Billing, Orders], A, B, Orders).Acknowledged(1, 2, 3).Delta(Orders, 1, 3, "i=3").Sync(3)
                .Delta(Orders, 3, 6, "j=6").Sync(6),
            ["resumed elsewhere"] = new Told().Open(6, [A, Orders, Billing], Orders).Acknowledged(1).Dropped(A).Dropped(Billing).Sync(6),
            ["bookmarks"] = new Told().Open(Orders).Acknowledged(1).Snapshot(Orders, 6, "i=3", "j=6").Sync(6).After(10_000).Sync(6).After(500).Pause()
                .After(60_000).Read().After(9_000).Sync(6),
            ["left behind, not reading"] = FromTheStart().Pause(),
            ["gone"] = FromTheStart().Unsubscribed(3).Dropped(Orders).Sync(3).End(),
        };

        foreach (var (name, told) in good)
            Assert.Equal((name, []), (name, Broken(told).ToArray()));
        output.WriteLine($"proof: good histories accepted: {good.Count} of {good.Count}");
    }

    [Fact]
    public void BadHistories_AreRejected_EachByThePromiseThatItBreaks()
    {
        (string Name, Told Told, Type[] Broken)[] bad =
        [
            ("R falls", FromTheStart().Sync(3).Sync(2).End(), [typeof(Ordered), typeof(NoGap)]),
            ("R falls between changes", Upto6().Open(Orders).Acknowledged(1).Snapshot(Orders, 3, "i=3").Sync(5).Sync(4).End(), [typeof(Ordered)]),
            ("a resumed stream begins before its token", Upto6().Open(5, [Orders], Orders).Acknowledged(1).Sync(4).End(), [typeof(Ordered)]),
            ("a message is newer than its Sync", Upto6().Open(Orders).Acknowledged(1).Snapshot(Orders, 3, "i=3").Sync(2).End(), [typeof(Ordered), typeof(NoGap)]),
            ("a change is missing", FromTheStart().Sync(3).End(), [typeof(NoGap)]),
            ("an instance is missing", FromTheStart().Snapshot(Orders, 3).Sync(3).End(), [typeof(NoGap)]),
            ("a removed mapping stays", FromTheStart().Delta(Orders, 1, 3, "i=3").Sync(3).Sync(4).End(), [typeof(NoGap)]),
            ("a followed topic is not told", Upto6().Open(Orders, A).Acknowledged(1, 2).Snapshot(Orders, 1, "i=1").Sync(1).End(), [typeof(NoGap)]),
            ("a mapped application is not told", Upto6().Open(A).Acknowledged(1).Snapshot(A, 2, "billing=b").Sync(2).End(), [typeof(NoGap)]),
            ("a delta does not reach back", Upto6().Open(Orders).Acknowledged(1).Snapshot(Orders, 1, "i=1").Sync(2).Delta(Orders, 3, 6, "i=3", "j=6").Sync(6).End(), [typeof(NoGap)]),
            ("a delta on nothing", Upto6().Open(Orders).Acknowledged(1).Delta(Orders, 0, 3, "i=3").Sync(3).End(), [typeof(NoGap)]),
            ("a delta comes twice", FromTheStart().Delta(Orders, 1, 3, "i=3").Sync(3).Delta(Orders, 1, 3, "i=3").Sync(3).End(), [typeof(NoDuplicate)]),
            ("a delta brings what was there", FromTheStart().Delta(Orders, 1, 3, "i=3").Sync(3).Delta(Orders, 3, 6, "i=3", "j=6").Snapshot(A, 5, "billing=b").Snapshot(B, 5, "billing=b").Sync(6).End(),
                [typeof(NoDuplicate)]),
            ("a delta removes what was not there", FromTheStart().Delta(Orders, 1, 3, "i=3", "ghost").Sync(3).End(), [typeof(NoDuplicate)]),
            ("a topic is dropped twice", FromTheStart().Unsubscribed(3).Dropped(Orders).Dropped(Orders).Sync(2).End(), [typeof(NoDuplicate), typeof(Followed)]),
            ("an old mapping after a new one of the same content", FromTheStart().Delta(Orders, 1, 3, "i=3").Snapshot(A, 5, "billing=b").Snapshot(B, 5, "billing=b").Sync(5)
                .Snapshot(A, 2, "billing=b").Snapshot(B, 2, "billing=b").Sync(5).End(), [typeof(NeverBackInTime)]),
            ("an old delta after a new snapshot", FromTheStart().Snapshot(Orders, 3, "i=3").Sync(3).Delta(Orders, 0, 1, "i=1").Sync(3).End(),
                [typeof(NoGap), typeof(NoDuplicate), typeof(NeverBackInTime)]),
            ("half of a revision, and the rest later", FromTheStart().Delta(Orders, 1, 3, "i=3").Sync(3).Snapshot(A, 5, "billing=b").Sync(5).Snapshot(B, 5, "billing=b").Sync(5).End(),
                [typeof(Atomic)]),
            ("half of a revision early", FromTheStart().Absent(A, 4).Dropped(Orders).Unsubscribed(3).Sync(3).End(), [typeof(Ordered), typeof(NoGap), typeof(Atomic)]),
            ("half of a removal", FromTheStart().Delta(Orders, 1, 3, "i=3").Absent(A, 4).Sync(4).End(), [typeof(NoGap), typeof(Atomic)]),
            ("what nobody asks for any more is kept", FromTheStart().Unsubscribed(3).Sync(2).End(), [typeof(Followed)]),
            ("what is not held is dropped", FromTheStart().Dropped("application default/other").Sync(2).End(), [typeof(Followed)]),
            ("a subscription begins twice", FromTheStart().Acknowledged(3).Sync(2).End(), [typeof(Followed)]),
            ("held and not followed is not dropped", Upto6().Open(6, [A, Billing, Orders], Orders).Acknowledged(1).Sync(6).End(), [typeof(Followed)]),
            ("what did not change is sent again", Upto6().Open(6, [Orders], Orders).Acknowledged(1).Snapshot(Orders, 6, "i=3", "j=6").Sync(6).End(), [typeof(Resumable)]),
            ("what did not change is sent again, later", Upto6().Open(5, [A, Billing, Orders], A, Orders).Acknowledged(1, 2).Sync(5).Snapshot(A, 5, "billing=b").Sync(5).End(),
                [typeof(Resumable)]),
            ("a reader is forgotten", FromTheStart(), [typeof(Converging)]),
            ("a stream is never answered", Upto6().Open(Orders), [typeof(Converging)]),
            ("silence between changes", Upto6().After(11_500).Sync(6), [typeof(Bookmarked)]),
            ("silence until the end", Upto6().After(12_000), [typeof(Bookmarked)]),
            ("silence at the start", new Told().Open(Orders).Acknowledged(1).Snapshot(Orders, 6, "i=3", "j=6").After(12_000).Sync(6), [typeof(Bookmarked)]),
        ];

        foreach (var (name, told, broken) in bad)
        {
            var found = Broken(told).ToArray();
            Assert.True(
                broken.ToHashSet().SetEquals(found.Select(f => f.Guarantee.GetType())),
                $"{name}: expected {string.Join(", ", broken.Select(b => b.Name))}; found {string.Join(Environment.NewLine, found.Select(f => $"{f.Guarantee.GetType().Name}: {f.Sentence}"))}");
        }

        var alone = bad.Where(b => b.Broken.Length == 1).Select(b => b.Broken[0]).ToHashSet();
        Assert.All(All, guarantee => Assert.Contains(guarantee.GetType(), alone));
        output.WriteLine($"proof: bad histories rejected: {bad.Length} of {bad.Length}, {bad.Count(b => b.Broken.Length == 1)} of them by one validator alone; validators: {All.Length}");
    }

    [Fact]
    public void Fifty_InterfacesInOneRevision_MayNotComeInTwoBatches()
    {
        string[] topics = [.. Enumerable.Range(0, 50).Select(i => $"interface default/x.I{i}")];
        var history = new CommittedHistory("e");
        history.Add(1, topics.ToDictionary(t => t, _ => TopicContent.Of([KeyValuePair.Create("orders", "b")])));
        history.Add(2, topics.ToDictionary(t => t, _ => TopicContent.Of([KeyValuePair.Create("orders", "c")])));

        IEnumerable<string> Check(int first)
        {
            var told = new Told().Open(1, [.. topics, Orders], topics).Acknowledged([.. Enumerable.Range(1, 50).Select(i => (ulong)i)]);
            foreach (var topic in topics.Take(first))
                told.Delta(topic, 1, 2, "orders=c");
            told.Sync(2);
            foreach (var topic in topics.Skip(first))
                told.Delta(topic, 1, 2, "orders=c");
            var recording = told.Sync(2).Finish();
            return new Atomic().Check(recording with { History = history });
        }

        Assert.Empty(Check(50));
        Assert.Empty(Check(0));
        Assert.Contains("49 of 50", Assert.Single(Check(49)), StringComparison.Ordinal);
        Assert.Contains("1 of 50", Assert.Single(Check(1)), StringComparison.Ordinal);
    }

    private static IEnumerable<(IGuarantee Guarantee, string Sentence)> Broken(Told told)
    {
        var recording = told.Finish();
        return All.SelectMany(guarantee => guarantee.Check(recording).Select(sentence => (guarantee, sentence)));
    }

    // Two mappings that name billing, which nobody has registered yet, and orders.
    private static Told FromTheStart() => new Told().Open(A, B, Orders).Acknowledged(1, 2, 3)
        .Snapshot(A, 2, "billing=b").Snapshot(B, 2, "billing=b").Absent(Billing, 0).Snapshot(Orders, 1, "i=1").Sync(2);

    private static Told Upto6() => new Told().Open(Orders).Acknowledged(1).Snapshot(Orders, 6, "i=3", "j=6").Sync(6);
}
