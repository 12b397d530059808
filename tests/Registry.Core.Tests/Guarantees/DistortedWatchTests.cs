using Registry.Core.Naming;
using Registry.Core.Watching;
using Registry.TestKit.Core;
using Registry.TestKit.Guarantees;
using Registry.TestKit.Guarantees.Promises;
using Registry.TestKit.Guarantees.Recording;
using Xunit;

namespace Registry.Core.Tests.Guarantees;

/// <summary>
/// The same real stream, on whose way to the client something goes wrong: each fault is seen by the validator of the promise that it
/// breaks. Undistorted nothing is seen.
/// </summary>
[Trait("Suite", "Guarantees")]
public sealed class DistortedWatchTests(ITestOutputHelper output)
{
    private static readonly Topic[] Topics = [Given.Interface("x.A"), Given.Interface("x.B"), Given.Application("orders")];

    [Fact]
    public void UndistortedStream_KeepsEveryPromise() => Assert.Empty(Run(static () => static batch => [batch]));

    [Fact]
    public void DistortedStreams_AreSeen()
    {
        (string Name, Func<Func<WatchBatch, IEnumerable<WatchBatch>>> Distortion, Type Promise)[] faults =
        [
            ("drops a delta", () => Once(HasDelta, batch => [batch with { Items = Without(batch, IsDelta) }]), typeof(NoGap)),
            ("repeats a batch", () => Once(HasDelta, batch => [batch, batch]), typeof(NoDuplicate)),
            ("repeats a delta in its batch", () => Once(HasDelta, batch => [batch with { Items = [.. batch.Items, .. batch.Items.Where(IsDelta).Take(1)] }]), typeof(NoDuplicate)),
            ("tells an old snapshot", KeepOldSnapshot, typeof(NeverBackInTime)),
            ("splits a change of two mappings", () => Once(IsChangeOfBothMappings, Split), typeof(Atomic)),
            ("lets R fall", () => Once(batch => batch.Revision > 4, batch => [batch, new WatchBatch([], batch.Revision - 1)]), typeof(Ordered)),
            ("loses a drop", () => Once(batch => batch.Items.Any(IsDrop), batch => [batch with { Items = Without(batch, IsDrop) }]), typeof(Followed)),
            ("stops early", () => StopAfter(6), typeof(Converging)),
            ("forgets bookmarks", () => batch => batch.Items.Count > 0 ? [batch] : [], typeof(Bookmarked)),
        ];

        foreach (var (name, distortion, promise) in faults)
        {
            var broken = Run(distortion).Select(b => b.GetType()).Distinct().ToArray();
            Assert.True(broken.Contains(promise), $"{name}: expected {promise.Name}, found {string.Join(", ", broken.Select(b => b.Name))}");
        }

        output.WriteLine($"proof: distorted streams rejected: {faults.Length} of {faults.Length}");
    }

    [Fact]
    public void ResumedStream_ThatIsToldEverythingAgain_IsSeen()
    {
        using var driven = new DrivenRegistry();
        var recorder = new WatchRecorder(driven.Clock);
        driven.Serve(driven.Grant(), "orders", "a", "x.A");
        var first = new RecordedWatch(recorder, driven.Registry, "c");
        first.Open(null, Topics);
        driven.Pump.Run();

        // What comes is what a stream without a token gets; the client says that it had opened with one.
        var second = new RecordedWatch(recorder, driven.Registry, "c");
        second.Open(first.Token! with { Epoch = "unknown" }, Topics);
        driven.Pump.Run();

        var recording = recorder.Finish(CommittedHistory.Of(driven.Log, driven.Registry.Epoch, driven.Registry.Options.UnmappedInterfaces), isQuiet: true);
        Assert.Empty(WatchGuarantees.Check(recording));
        var forged = recording with
        {
            Observations = [.. recording.Observations.Select(o => o.Epoch == "unknown" ? o with { Epoch = driven.Registry.Epoch } : o)],
        };
        var broken = WatchGuarantees.Check(forged);
        Assert.NotEmpty(broken);
        Assert.All(broken, b => Assert.StartsWith("Resumable", b, StringComparison.Ordinal));
    }

    private static IGuarantee[] Run(Func<Func<WatchBatch, IEnumerable<WatchBatch>>> distortion)
    {
        using var driven = new DrivenRegistry(options => options.Limits.BuildRetention = TimeSpan.FromHours(1));
        var recorder = new WatchRecorder(driven.Clock);
        var watch = new RecordedWatch(recorder, driven.Registry, "client") { Distortion = distortion() };
        watch.Open(null, Topics);
        driven.Pump.Run();
        var lease = driven.Grant(TimeSpan.FromHours(1));
        Step(driven, () => driven.Serve(lease, "orders", "a", "x.A", "x.B"));
        Step(driven, () => driven.Serve(lease, "billing", "a", "x.A", "x.B"));
        Step(driven, () => driven.Register(lease, "orders", Given.Instance("a", 1), Given.Instance("b")));
        Step(driven, () => driven.Register(lease, "orders", Given.Instance("b", 2)));
        Step(driven, () => driven.Deregister("billing", "a"));
        Step(driven, () => driven.Withdraw("billing", ["x.A", "x.B"]));
        Step(driven, () => driven.Declare("billing", ["x.A", "x.B"]));
        Step(driven, () => driven.Register(lease, "orders", Given.Instance("b", 3)));
        driven.Advance(TimeSpan.FromSeconds(25));
        var recording = recorder.Finish(CommittedHistory.Of(driven.Log, driven.Registry.Epoch, driven.Registry.Options.UnmappedInterfaces), isQuiet: true);
        var all = WatchGuarantees.All.Append(new Bookmarked(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1)));
        return [.. all.Where(guarantee => guarantee.Check(recording).Any())];
    }

    private static void Step(DrivenRegistry driven, Action change)
    {
        change();
        driven.Pump.Run();
    }

    private static bool IsDelta(WatchItem item) => item.Message is TopicDelta;

    private static bool IsDrop(WatchItem item) => item.Kind == WatchItemKind.Dropped;

    private static bool HasDelta(WatchBatch batch) => batch.Items.Any(IsDelta);

    private static bool IsMapping(WatchItem item) => item.Message?.Topic.Kind == TopicKind.Interface;

    private static bool IsChangeOfBothMappings(WatchBatch batch) => batch.Items.Count(i => IsDelta(i) && IsMapping(i)) == 2;

    private static WatchItem[] Without(WatchBatch batch, Predicate<WatchItem> what) => [.. batch.Items.Where(i => !what(i))];

    private static IEnumerable<WatchBatch> Split(WatchBatch batch)
    {
        var last = batch.Items.Last(i => IsDelta(i) && IsMapping(i)).Message;
        return [batch with { Items = Without(batch, i => i.Message == last) }, batch with { Items = [.. batch.Items.Where(i => i.Message == last)] }];
    }

    private static Func<WatchBatch, IEnumerable<WatchBatch>> Once(Predicate<WatchBatch> when, Func<WatchBatch, IEnumerable<WatchBatch>> fault)
    {
        var done = false;
        return batch =>
        {
            if (done || !when(batch))
                return [batch];
            done = true;
            return fault(batch);
        };
    }

    private static Func<WatchBatch, IEnumerable<WatchBatch>> StopAfter(int batches) => batch => batches-- > 0 ? [batch] : [];

    // The first snapshot of an application with something in it comes once more, when the application has moved on.
    private static Func<WatchBatch, IEnumerable<WatchBatch>> KeepOldSnapshot()
    {
        WatchItem? old = null;
        return batch =>
        {
            if (old is null)
            {
                old = batch.Items.Where(i => i.Message is TopicSnapshot { Count: > 0 }).Select(i => (WatchItem?)i).FirstOrDefault();
                return [batch];
            }

            return HasDelta(batch) && batch.Items.Any(i => i.Message?.Topic == old.Value.Message!.Topic) ? [batch with { Items = [.. batch.Items, old.Value] }] : [batch];
        };
    }
}
