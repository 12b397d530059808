using Registry.Core;
using Registry.Core.Changes;
using Registry.Core.Changes.Commands;
using Registry.Core.Instances;
using Registry.Core.Leases;
using Registry.Core.Watching;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.TestKit.Ordering;

/// <summary>
/// What the registry may rely on, whatever gives changes their order. Each order derives from this and says how a registry over it is
/// made, and how what it has under way arrives.
/// </summary>
public abstract class CommandOrderContract
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A registry over a fresh order. Disposing audits it.</summary>
    internal abstract DrivenRegistry Create();

    /// <summary>Lets all arrive that is under way.</summary>
    protected abstract void Arrive();

    [Fact]
    public void Answer_NamesTheRevisionAtWhichTheChangeIsVisible()
    {
        using var driven = Create();
        var lease = driven.Grant();
        long last = 0;
        for (var i = 0; i < 20; i++)
        {
            var outcome = Do(driven, Register(lease, i % 2 == 0 ? "orders" : "billing", $"a-{i}", "x.Y"));

            var application = driven.Registry.ReadApplication(outcome.Application!.Name);
            Assert.Same(outcome.Application, application);
            Assert.Equal(outcome.Revision, application.Revision);
            Assert.Equal(outcome.Revision, driven.Registry.Revision);
            Assert.True(application.TryGetInstance($"a-{i}", out var instance) && instance.Incarnation == outcome.Revision);
            Assert.True(outcome.Revision > last, $"{outcome.Revision} after {last}");
            last = outcome.Revision;
        }
    }

    [Fact]
    public void NothingToDo_AnswersTheRevisionAtWhichItWasDone()
    {
        using var driven = Create();
        var lease = driven.Grant();
        var done = Do(driven, Register(lease, "orders", "a"));
        Do(driven, Register(lease, "billing", "b"));

        var again = Do(driven, Register(lease, "orders", "a"));

        Assert.Equal(done.Revision, again.Revision);
        Assert.Same(done.Application, again.Application);
        Assert.Equal(2, driven.Log.Changes.Count);
    }

    [Fact]
    public void Refusal_IsAnAnswer_AndChangesNothing()
    {
        using var driven = Create();
        Do(driven, Register(driven.Grant(), "orders", "a"));
        var before = driven.Registry.Revision;

        var unknownLease = Finish(driven.Registry.ExecuteAsync(Register(LeaseId.NewRandom(), "orders", "b"), CancellationToken.None));
        var badName = Finish(driven.Registry.ExecuteAsync(Register(driven.Grant(), "or ders", "b"), CancellationToken.None));

        Assert.Equal(ErrorReasons.LeaseUnknown, unknownLease.Refusal?.Reason);
        Assert.Equal("application", badName.Refusal?.Field);
        Assert.Equal(before, driven.Registry.Revision);
        Assert.Equal(0, driven.Log.Reservations);
    }

    [Fact]
    public void LogWithoutRoom_RefusesBeforeAnythingIsOrdered()
    {
        using var driven = Create();
        var lease = driven.Grant();
        driven.Log.Refusal = new RegistryError(ErrorKind.ResourceExhausted, ErrorReasons.LogFull, "full");

        Assert.Equal(ErrorReasons.LogFull, Finish(driven.Registry.ExecuteAsync(Register(lease, "orders", "a"), CancellationToken.None)).Refusal?.Reason);

        driven.Log.Refusal = null;
        Assert.Equal(0, driven.Registry.Revision);
        Assert.Null(Do(driven, Register(lease, "orders", "a")).Refusal);
    }

    [Fact]
    public void Commands_OfOneApplication_ThatAreUnderWayTogether_AllHold()
    {
        using var driven = Create();
        var lease = driven.Grant();

        ValueTask<CommandOutcome>[] tasks =
            [.. Enumerable.Range(0, 10).Select(i => driven.Registry.ExecuteAsync(Register(lease, "orders", $"a-{i}", $"x.I{i % 3}"), CancellationToken.None))];

        var outcomes = tasks.Select(Finish).ToList();
        Assert.All(outcomes, o => Assert.Null(o.Refusal));
        Assert.Equal(10, outcomes.Select(o => o.Revision).Distinct().Count());
        Assert.Equal(10, driven.Registry.ReadApplication(Given.Name("orders")).Count);
    }

    [Fact]
    public void Deregister_BehindARegisterThatIsUnderWay_RemovesIt()
    {
        using var driven = Create();
        var register = driven.Registry.ExecuteAsync(Register(driven.Grant(), "orders", "a"), CancellationToken.None);
        var deregister = driven.Registry.ExecuteAsync(
            new DeregisterCommand(Given.Name("orders"), "", [new InstanceRef("a", 0)], ownLease: null), CancellationToken.None);

        Assert.Null(Finish(register).Refusal);
        Assert.Equal(1, Finish(deregister).Removed);
        Assert.False(driven.Has("orders", "a"));
    }

    [Fact]
    public void Applications_ThatDeclareOneInterfaceTogether_AreAllMapped()
    {
        using var driven = Create();
        var lease = driven.Grant();
        string[] applications = ["a", "b", "c", "d"];

        ValueTask<CommandOutcome>[] tasks = [.. applications.Select(a => driven.Registry.ExecuteAsync(Register(lease, a, "i", "x.Y"), CancellationToken.None))];

        Assert.All(tasks.Select(Finish).ToList(), o => Assert.Null(o.Refusal));
        Assert.Equal(applications, driven.Registry.ReadInterface(Given.Name("x.Y")).Applications.Select(a => a.Application));
    }

    [Fact]
    public void CallerThatStopsWaiting_TakesNothingBack()
    {
        using var driven = Create();
        var lease = driven.Grant();
        using var patience = new CancellationTokenSource();
        var task = driven.Registry.ExecuteAsync(Register(lease, "orders", "a"), patience.Token).AsTask();

        patience.Cancel();

        // It was done before the caller lost patience, or its outcome is not known to the caller; it stands in either case.
        Until(() => task.IsCompletedSuccessfully || task.IsCanceled);
        Until(() => driven.Has("orders", "a"));
    }

    [Fact]
    public void Lease_ThatEndsWhileItsRegisterIsUnderWay_LeavesNothingBehind()
    {
        using var driven = Create();
        var lease = driven.Grant();
        Do(driven, Register(lease, "orders", "a"));

        var register = driven.Registry.ExecuteAsync(Register(lease, "orders", "b", "x.Y"), CancellationToken.None);
        var revoke = driven.Registry.RevokeLeaseAsync(lease, "", CancellationToken.None);

        Assert.Null(Finish(revoke).Refusal);
        Finish(register);
        Until(() => driven.Registry.InstanceCount == 0);
    }

    [Fact]
    public void Expiry_OfALease_RemovesItsInstances()
    {
        using var driven = Create();
        var stays = driven.Grant(TimeSpan.FromHours(1));
        for (var i = 0; i < 9; i++)
            Do(driven, Register(stays, "orders", $"b-{i}"));
        Do(driven, Register(driven.Grant(TimeSpan.FromSeconds(2)), "orders", "a"));

        driven.Advance(TimeSpan.FromSeconds(2.5));

        Until(() => !driven.Has("orders", "a"));
        Assert.Equal(9, driven.Registry.InstanceCount);
    }

    [Fact]
    public void Takeover_TellsTheLeaseThatLostTheInstance()
    {
        using var driven = Create();
        var one = driven.Grant();
        Do(driven, Register(one, "orders", "a"));

        Do(driven, Register(driven.Grant(), "orders", "a"));

        Assert.Equal("a", Assert.Single(driven.Registry.RenewLease(one, "").Lost).InstanceId);
    }

    [Fact]
    public void Watchers_StandAtTheRevisionsOfTheOrder_AndResumeThere()
    {
        using var driven = Create();
        var lease = driven.Grant();
        var watcher = driven.Watch(Given.Interface("x.Y"));
        watcher.Receive();
        var seen = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            seen.Add(Do(driven, Register(lease, "orders", $"a-{i}", "x.Y")).Revision);
            Assert.Equal(seen[^1], Assert.Single(watcher.Receive()).Revision);
        }

        watcher.Close();
        Do(driven, Register(lease, "orders", "late", "x.Y"));
        var resumed = driven.Resume(watcher.View, Given.Interface("x.Y"));

        Assert.Equal([.. driven.Log.Changes.Select(c => c.Revision).SkipLast(1)], seen);
        Assert.IsType<ApplicationDelta>(Assert.Single(resumed.ReceiveOne(), i => i.Kind == WatchItemKind.Topic).Message);
        Assert.Empty(resumed.View.DifferencesFrom(driven.Registry));
    }

    /// <summary>Carries a command out that must be accepted.</summary>
    internal CommandOutcome Do(DrivenRegistry driven, Command command)
    {
        var outcome = Finish(driven.Registry.ExecuteAsync(command, CancellationToken.None));
        Assert.Null(outcome.Refusal);
        return outcome;
    }

    /// <summary>Lets everything arrive, until this is complete.</summary>
    private protected T Finish<T>(ValueTask<T> task)
    {
        var finishing = task.AsTask();
        Until(() => finishing.IsCompleted);
#pragma warning disable VSTHRD002 // It is complete.
        return finishing.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    // Who waited for an arrival goes on elsewhere, and may send something else on its way.
    private void Until(Func<bool> condition) => Assert.True(
        SpinWait.SpinUntil(
            () =>
            {
                Arrive();
                return condition();
            },
            Patience),
        "all has arrived, and it did not come about");

    /// <summary>A register of one instance that serves these interfaces.</summary>
    internal static RegisterCommand Register(LeaseId lease, string application, string instance, params string[] interfaces) =>
        new(Given.Name(application), "", lease, [Given.Instance(instance)], interfaces.Length == 0 ? [] : [Given.Build(interfaces)]);
}
