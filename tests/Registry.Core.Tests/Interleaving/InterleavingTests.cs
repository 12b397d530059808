using System.Runtime.CompilerServices;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Leases;
using Registry.Core.Restoring;
using Registry.Core.Watching;
using Registry.TestKit.Audits;
using Registry.TestKit.Changes;
using Registry.TestKit.Core;
using Registry.TestKit.Interleaving;
using Xunit;

namespace Registry.Core.Tests.Interleaving;

/// <summary>
/// The races that the core tells as stories, in thousands of interleavings each. Each schedule ends with the audit of the registry
/// (DrivenRegistry.Dispose), and a failure names its seed.
/// </summary>
[Trait("Suite", "Interleaving")]
public sealed class InterleavingTests
{
    private static readonly int Seeds = int.TryParse(Environment.GetEnvironmentVariable("REGISTRY_PROOF_SEEDS"), out var seeds) ? seeds : 300;

    private readonly ITestOutputHelper _output;

    public InterleavingTests(ITestOutputHelper output) => _output = output;

    [Fact]
    public void TwoWriters_OfOneInterface_LeaveNoWatcherOnTheOlderValue() => ForEachSeed((seed, driven) =>
    {
        var lease = driven.Grant();
        var watcher = driven.Watch(Given.Interface("x.Y"));
        watcher.Receive();
        var other = InAnotherStripe(driven, "orders");

        SeededScheduler.Run(
            seed,
            () => driven.Serve(lease, "orders", "a", "x.Y"),
            () => driven.Serve(lease, other, "b", "x.Y", "x.Z"),
            driven.Pump.Run,
            driven.Pump.Run);
        watcher.Receive();

        Assert.Equal([other, "orders"], driven.Registry.ReadInterface(Given.Name("x.Y")).Applications.Select(a => a.Application));
        Assert.Empty(watcher.View.DifferencesFrom(driven.Registry));
    });

    [Fact]
    public void TwoWriters_OfOneInterface_OneComingAndOneGoing_LeaveNoWatcherOnTheOlderValue() => ForEachSeed((seed, driven) =>
    {
        // Whichever is last, its mapping holds what the other one did as well; and so it is told, with the application that it drags in.
        var lease = driven.Grant();
        driven.Declare("billing", ["x.Y"]);
        var watcher = driven.Watch(Given.Interface("x.Y"));
        watcher.Receive();
        var late = driven.Watch();

        SeededScheduler.Run(
            seed,
            () => driven.Serve(lease, "orders", "a", "x.Y"),
            () => driven.Withdraw("billing", ["x.Y"]),
            () => late.Subscribe(Given.Interface("x.Y")),
            driven.Pump.Run,
            driven.Pump.Run);
        driven.Pump.Run();

        foreach (var view in new[] { watcher.View, late.View })
        {
            Assert.Equal(["orders"], view.Find(Given.Interface("x.Y"))!.Mapped.Keys);
            Assert.Equal(driven.Registry.Revision, view.Sync);
            Assert.Empty(view.DifferencesFrom(driven.Registry));
        }
    });

    [Fact]
    public void Change_ThatComesWhileThePumpGoesToSleep_IsToldAllTheSame() => ForEachSeed((seed, driven) =>
    {
        var lease = driven.Grant();
        var watcher = driven.Watch(Given.Application("orders"));
        watcher.Receive();

        // The pump is run only if it has asked for it: a wake-up that is lost stays lost.
        SeededScheduler.Run(
            seed,
            () =>
            {
                driven.Register(lease, "orders", Given.Instance("a"));
                driven.Pump.Run();
            },
            () => driven.Register(lease, "orders", Given.Instance("b")),
            () => driven.Register(lease, "orders", Given.Instance("c")));
        driven.Pump.Run();

        Assert.Equal(driven.Registry.Revision, watcher.View.Sync);
        Assert.Empty(watcher.View.DifferencesFrom(driven.Registry));
    });

    [Fact]
    public void RenewalAgainstExpiry_ExactlyOneWins() => ForEachSeed((seed, driven) =>
    {
        // Nine others, so that the protection lets this one go.
        var others = driven.Grant(TimeSpan.FromHours(1));
        driven.Register(others, "orders", [.. Enumerable.Range(0, 9).Select(i => Given.Instance($"o-{i}"))]);
        var lease = driven.Grant(TimeSpan.FromSeconds(2));
        driven.Register(lease, "orders", Given.Instance("a"));
        driven.Advance(TimeSpan.FromMilliseconds(1_900));

        RegistryError? refusal = null;
        SeededScheduler.Run(
            seed,
            () => refusal = driven.Registry.RenewLease(lease, "").Refusal,
            () => driven.Clock.Advance(TimeSpan.FromMilliseconds(600)));
        driven.Clock.Advance(TimeSpan.FromMilliseconds(300));

        Assert.Equal(refusal is null, driven.Has("orders", "a"));
        Assert.Equal(refusal is null, driven.Registry.RenewLease(lease, "").Refusal is null);
    });

    [Fact]
    public void AttachAgainstExpiry_LeavesNoInstanceOnADeadLease() => ForEachSeed((seed, driven) =>
    {
        var lease = driven.Grant(TimeSpan.FromSeconds(2));
        driven.Advance(TimeSpan.FromMilliseconds(1_900));

        CommandOutcome outcome = default;
        SeededScheduler.Run(
            seed,
            () => outcome = driven.Execute(new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance("a")], [Given.Build("x.Y")])),
            () => driven.Clock.Advance(TimeSpan.FromMilliseconds(600)));
        driven.Clock.Advance(TimeSpan.FromMilliseconds(600));

        // Either refused as unknown, or registered and then expired with the lease, or registered before its lease was looked at.
        var isAlive = driven.Registry.RenewLease(lease, "").Refusal is null;
        Assert.True(outcome.Refusal is null || outcome.Refusal.Reason == ErrorReasons.LeaseUnknown, $"{outcome.Refusal}");
        Assert.Equal(isAlive && outcome.Refusal is null, driven.Has("orders", "a"));
    });

    [Fact]
    public void AttachAgainstRevocation_LeavesNoInstanceOnADeadLease() => ForEachSeed((seed, driven) =>
    {
        var lease = driven.Grant();
        driven.Register(lease, "orders", Given.Instance("z"));

        CommandOutcome outcome = default;
        SeededScheduler.Run(
            seed,
            () => outcome = driven.Execute(new RegisterCommand(Given.Name("orders"), "", lease, [Given.Instance("a")], [])),
            () => Completed(driven.Registry.RevokeLeaseAsync(lease, "", CancellationToken.None)));

        Assert.True(outcome.Refusal is null || outcome.Refusal.Reason == ErrorReasons.LeaseUnknown, $"{outcome.Refusal}");
        Assert.False(driven.Has("orders", "a"));
        Assert.False(driven.Has("orders", "z"));
    });

    [Fact]
    public void TwoLeases_ThatTakeOneInstanceFromEachOther_LeaveItWithOneOfThem() => ForEachSeed((seed, driven) =>
    {
        var one = driven.Grant(TimeSpan.FromHours(1));
        var other = driven.Grant(TimeSpan.FromHours(1));
        driven.Register(one, "orders", Given.Instance("a"));

        SeededScheduler.Run(
            seed,
            () => driven.Register(other, "orders", Given.Instance("a")),
            () => driven.Register(one, "orders", Given.Instance("a", port: 1)),
            () => driven.Register(one, "orders", Given.Instance("a", port: 2)));

        // Whoever holds it now lets it go with its lease: the audit looks for instances that no lease lists.
        var holder = driven.Read("orders", "a").Lease;
        Completed(driven.Registry.RevokeLeaseAsync(holder, "", CancellationToken.None));
        Assert.False(driven.Has("orders", "a"));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Holder_ThatTakesOverWhileTheLeaseEnds_KeepsTheInstance(bool byExpiry) => ForEachSeed((seed, driven) =>
    {
        var others = driven.Grant(TimeSpan.FromHours(1));
        driven.Register(others, "orders", [.. Enumerable.Range(0, 9).Select(i => Given.Instance($"o-{i}"))]);
        var lease = driven.Grant(TimeSpan.FromSeconds(2));
        driven.Register(lease, "orders", Given.Instance("a"));
        driven.Advance(TimeSpan.FromMilliseconds(1_900));

        SeededScheduler.Run(
            seed,
            () => driven.Do(new RegisterCommand(Given.Name("orders"), "", "files", [Given.Instance("a")], [])),
            () =>
            {
                if (byExpiry)
                    driven.Clock.Advance(TimeSpan.FromMilliseconds(600));
                else
                    Completed(driven.Registry.RevokeLeaseAsync(lease, "", CancellationToken.None));
            });
        driven.Clock.Advance(TimeSpan.FromMilliseconds(600));

        // Removed first and registered anew, or taken over and then passed by: either way it is there, and on no lease.
        Assert.Equal("files", driven.Read("orders", "a").Holder);
        Assert.Equal(10, driven.Registry.InstanceCount);
    });

    [Fact]
    public void LeaseAndHolder_ThatTakeOneInstanceFromEachOther_LeaveItWithOneOfThem() => ForEachSeed((seed, driven) =>
    {
        var lease = driven.Grant(TimeSpan.FromHours(1));
        driven.Register(lease, "orders", Given.Instance("a"));

        SeededScheduler.Run(
            seed,
            () => driven.Do(new RegisterCommand(Given.Name("orders"), "", "files", [Given.Instance("a")], [])),
            () => driven.Register(lease, "orders", Given.Instance("a", port: 1)),
            () => driven.Register(lease, "orders", Given.Instance("a", port: 2)));

        // The audit looks for an instance that its lease does not list, and for one that a lease lists and a holder has.
        var stays = !driven.Read("orders", "a").IsLeased;
        Completed(driven.Registry.RevokeLeaseAsync(lease, "", CancellationToken.None));
        Assert.Equal(stays, driven.Has("orders", "a"));
    });

    [Fact]
    public void SuspicionAndRenewal_EndWithTheLeasesLastWord() => ForEachSeed((seed, driven) =>
    {
        // Two of two at once are over every budget: the lease becomes overdue.
        var lease = driven.Grant(TimeSpan.FromSeconds(2));
        driven.Register(lease, "orders", Given.Instance("a"), Given.Instance("b"));
        driven.Advance(TimeSpan.FromMilliseconds(1_900));

        SeededScheduler.Run(
            seed,
            () => driven.Clock.Advance(TimeSpan.FromMilliseconds(600)),
            () => Assert.Null(driven.Registry.RenewLease(lease, "").Refusal),
            () => driven.Do(new UpdateCommand(Given.Name("orders"), "", [new InstancePatch { Instance = new InstanceRef("a", 0), Weight = 7 }])));
        driven.Clock.Advance(TimeSpan.FromMilliseconds(250));

        Assert.Equal(driven.Registry.Leases.TryGet(lease, out var held) && held.Word.State == LeaseState.Overdue, driven.Read("orders", "a").IsSuspect);
        Assert.Equal(driven.Read("orders", "a").IsSuspect, driven.Read("orders", "b").IsSuspect);
    });

    [Fact]
    public void ReadOfSeveralTopics_StandsAtItsRevision() => ForEachSeed((seed, driven) =>
    {
        var lease = driven.Grant();
        driven.Serve(lease, "orders", "a", "x.Y");
        var other = InAnotherStripe(driven, "orders");
        TopicsAtRevision? read = null;

        SeededScheduler.Run(
            seed,
            () => driven.Serve(lease, other, "b", "x.Y", "x.Z"),
            () =>
            {
                driven.Deregister("orders", "a");
                driven.Withdraw("orders", ["x.Y"]);
            },
            () => read = driven.Registry.ReadTogether([Given.Name("x.Y"), Given.Name("x.Z")], [Given.Name("orders"), Given.Name(other)]),
            driven.Pump.Run);

        Assert.Empty(HistoryModel.At(driven.Log, driven.Registry, read!.Revision).DifferencesOf(read));
    });

    [Fact]
    public void ImageOfTheRegistry_IsTheRegistryAtOneRevision() => ForEachSeed((seed, driven) =>
    {
        // One application comes, another one goes, a third one changes: the walk may pass each of them before and after.
        var lease = driven.Grant();
        driven.Serve(lease, "orders", "a", "x.Y");
        var other = InAnotherStripe(driven, "orders");
        driven.Serve(lease, "billing", "a", "x.Y");
        RegistryImage? image = null;

        SeededScheduler.Run(
            seed,
            () =>
            {
                driven.Serve(lease, other, "b", "x.Y");
                driven.Deregister("orders", "a");
                driven.Withdraw("orders", ["x.Y"]);
            },
            () => driven.Register(lease, "billing", Given.Instance("c")),
            () => image = driven.Registry.TakeImage(),
            driven.Pump.Run);

        var then = Replay.Of(driven.Registry.Options, driven.Log.Changes.TakeWhile(logged => logged.Revision <= image!.Revision));
        Assert.Equal(TableDescription.Of(then.Applications.ReadAll(), []), TableDescription.Of(image!.Applications, []));
    });

    [Fact]
    public void RacingEncoders_EncodeOnce() => ForEachSeed((seed, driven) =>
    {
        driven.Register(driven.Grant(), "orders", Given.Instance("a"));
        var snapshot = driven.Registry.ReadApplication(Given.Name("orders"));
        var encodings = 0;

        void Encode()
        {
            snapshot.TryGetEncoded(_ => $"{Interlocked.Increment(ref encodings)}", out string? _);
        }

        SeededScheduler.Run(seed, Encode, Encode, Encode);

        Assert.Equal(1, encodings);
    });

    private void ForEachSeed(Action<int, DrivenRegistry> schedule, [CallerMemberName] string race = "")
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            try
            {
                using var driven = new DrivenRegistry(o => o.Stripes = 2);
                schedule(seed, driven);
            }
            catch (Exception wrong)
            {
                Assert.Fail($"seed {seed}: {wrong}");
            }
        }

        _output.WriteLine($"proof: seeds run: {Seeds}, of {race}");
    }

    // Where a name falls differs from process to process. Two applications of one stripe never race: the seed would show nothing.
    private static string InAnotherStripe(DrivenRegistry driven, string application) =>
        Enumerable.Range(0, 1_000).Select(i => $"billing-{i}").First(other =>
            driven.Registry.Applications.StripeOf(Given.Name(other)) != driven.Registry.Applications.StripeOf(Given.Name(application)));

    private static T Completed<T>(ValueTask<T> task)
    {
        Assert.True(task.IsCompleted, "this completes at once");
#pragma warning disable VSTHRD002 // It is complete.
        return task.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
