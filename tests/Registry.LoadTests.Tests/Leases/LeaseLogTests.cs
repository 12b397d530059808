using Registry.Protocol.V1;

namespace Registry.LoadTests.Tests.Leases;

/// <summary>
/// Nobody acknowledges an expiry, so the check accepts one that nobody did; and a check that accepts must be shown what to reject. Each bad
/// history is a good one with one thing wrong.
/// </summary>
public sealed class LeaseLogTests
{
    private readonly LeaseStory _story = new();

    [Fact]
    public void Expiry_AfterTheDeadline_IsAccepted_ByAllWhoSeeItAlike()
    {
        var lease = _story.Grant();
        var instance = _story.Register(1, lease, "a", "i");
        var one = _story.Watch("a").Whole("a", 1, instance).Sync(1);
        var other = _story.Watch("a").Whole("a", 1, instance).Sync(1);
        _story.Pass(1_100);
        one.Gone("a", 1, 2, "i").Sync(2);
        other.Gone("a", 1, 2, "i").Sync(3);
        _story.Watch("a").Whole("a", 2).Sync(3);

        Assert.Empty(_story.Broken);
    }

    [Fact]
    public void Expiry_ThatIsSeenInAWholeAlone_IsAccepted()
    {
        var lease = _story.Grant();
        var instance = _story.Register(1, lease, "a", "i");
        var watcher = _story.Watch("a").Whole("a", 1, instance).Sync(1);
        _story.Pass(1_100);
        var second = _story.Register(3, _story.Grant(), "a", "j");
        watcher.Whole("a", 3, second).Sync(3);

        Assert.Empty(_story.Broken);
    }

    [Fact]
    public void Expiry_OfALeaseThatWasRenewed_IsRejected()
    {
        var lease = _story.Grant();
        var instance = _story.Register(1, lease, "a", "i");
        var watcher = _story.Watch("a").Whole("a", 1, instance).Sync(1);
        _story.Pass(900);
        _story.Renew(lease);
        _story.Pass(900);
        watcher.Gone("a", 1, 2, "i").Sync(2);

        Assert.Contains("a/i was gone at 2, 100 ms before its lease could have run out", Assert.Single(_story.Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void Expiry_BeforeARenewalThatWasAcknowledged_IsRejected()
    {
        var lease = _story.Grant();
        var instance = _story.Register(1, lease, "a", "i");
        var watcher = _story.Watch("a").Whole("a", 1, instance).Sync(1);
        _story.Pass(1_100);
        watcher.Gone("a", 1, 2, "i").Sync(2);
        _story.Renew(lease);

        Assert.Contains("before its lease could have run out", Assert.Single(_story.Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void Instance_ThatStaysLongAfterItsLease_IsRejected()
    {
        var instance = _story.Register(1, _story.Grant(), "a", "i");
        var watcher = _story.Watch("a").Whole("a", 1, instance).Sync(1);
        _story.Pass(7_500);
        var second = _story.Register(2, _story.Grant(), "a", "j");
        watcher.Step("a", 1, 2, second).Sync(2);

        Assert.Contains("a/i was there at 2, 6500 ms after its lease had run out", Assert.Single(_story.Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void Instance_ThatStaysForTheGrace_OrIsShownLateByASlowWatcher_IsAccepted()
    {
        var instance = _story.Register(1, _story.Grant(), "a", "i");
        var watcher = _story.Watch("a").Whole("a", 1, instance).Sync(1);
        var slow = _story.Watch("a");
        _story.Pass(5_900);
        var second = _story.Register(2, _story.Grant(), "a", "j");
        watcher.Step("a", 1, 2, second).Sync(2).Gone("a", 2, 3, "i").Sync(3);
        _story.Pass(60_000);
        slow.Whole("a", 1, instance).Sync(1);

        Assert.Empty(_story.Broken);
    }

    [Fact]
    public void Instance_ThatIsGoneForOneAndThereForAnother_IsRejected()
    {
        var instance = _story.Register(1, _story.Grant(), "a", "i");
        var one = _story.Watch("a").Whole("a", 1, instance).Sync(1);
        var other = _story.Watch("a").Whole("a", 1, instance).Sync(1);
        _story.Pass(1_100);
        one.Gone("a", 1, 2, "i").Sync(2);
        other.Sync(3);

        Assert.StartsWith("No gap", Assert.Single(_story.Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void Instance_ThatComesBackAfterItsExpiry_IsRejected()
    {
        var instance = _story.Register(1, _story.Grant(), "a", "i");
        var watcher = _story.Watch("a").Whole("a", 1, instance).Sync(1);
        _story.Pass(1_100);
        watcher.Gone("a", 1, 2, "i").Sync(2).Step("a", 2, 3, LeaseStory.As(instance, InstanceState.Up, 3)).Sync(3);

        Assert.StartsWith("No gap", Assert.Single(_story.Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void Instance_ThatIsGoneBeforeItsAcknowledgedRemoval_IsRejected()
    {
        var instance = _story.Register(1, _story.Grant(), "a", "i");
        var watcher = _story.Watch("a").Whole("a", 1, instance).Sync(1);
        _story.Pass(1_100);
        watcher.Gone("a", 1, 2, "i").Sync(2);
        _story.Remove(3, "a", "i");

        Assert.StartsWith("No gap", Assert.Single(_story.Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void Registration_ThatAWatcherDoesNotSee_IsRejected()
    {
        var instance = _story.Register(1, _story.Grant(), "a", "i");
        var watcher = _story.Watch("a").Whole("a", 1, instance).Sync(1);
        _story.Register(2, _story.Grant(), "a", "j");
        watcher.Sync(2);

        Assert.StartsWith("No gap", Assert.Single(_story.Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void Suspicion_OfALeaseThatIsOverdue_AndItsEnd_AreAccepted()
    {
        var lease = _story.Grant();
        var instance = _story.Register(1, lease, "a", "i");
        var watcher = _story.Watch("a").Whole("a", 1, instance).Sync(1);
        _story.Pass(1_100);
        watcher.Step("a", 1, 2, LeaseStory.As(instance, InstanceState.Suspect, 2)).Sync(2);
        _story.Renew(lease);
        watcher.Step("a", 2, 3, LeaseStory.As(instance, InstanceState.Up, 3)).Sync(3);

        Assert.Empty(_story.Broken);
    }

    [Fact]
    public void Suspicion_OfALeaseThatWasRenewedInTime_IsRejected()
    {
        var lease = _story.Grant();
        var instance = _story.Register(1, lease, "a", "i");
        var watcher = _story.Watch("a").Whole("a", 1, instance).Sync(1);
        _story.Pass(900);
        _story.Renew(lease);
        _story.Pass(500);
        watcher.Step("a", 1, 2, LeaseStory.As(instance, InstanceState.Suspect, 2)).Sync(2);

        Assert.Contains("500 ms before its lease could have been overdue", Assert.Single(_story.Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void Change_OfMoreThanTheState_IsRejected_HoweverOverdueTheLease()
    {
        var instance = _story.Register(1, _story.Grant(), "a", "i");
        var watcher = _story.Watch("a").Whole("a", 1, instance).Sync(1);
        _story.Pass(1_100);
        var changed = LeaseStory.As(instance, InstanceState.Suspect, 2);
        changed.Weight++;
        watcher.Step("a", 1, 2, changed).Sync(2);

        Assert.StartsWith("No gap", Assert.Single(_story.Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void Instance_ThatNobodyRegistered_IsRejected()
    {
        var instance = _story.Register(1, _story.Grant(), "a", "i");
        var ghost = LeaseStory.As(instance, InstanceState.Up, 2);
        ghost.Id = "ghost";
        _story.Watch("a").Whole("a", 1, instance).Sync(1).Step("a", 1, 2, ghost).Sync(2);

        Assert.StartsWith("No gap", Assert.Single(_story.Broken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2_100, null)]
    [InlineData(1_500, "500 ms before its retention was over")]
    public void Build_ThatNobodyRuns_LeavesItsMapping_AfterItsRetention(int after, string? broken)
    {
        var instance = _story.Register(1, _story.Grant(), "a", "i");
        var watcher = _story.WatchInterface().Mapping(1, ("a", LeaseStory.Build)).Whole("a", 1, instance).Sync(1);
        _story.Remove(2, "a", "i");
        watcher.Gone("a", 1, 2, "i").Sync(2);
        _story.Pass(after);
        watcher.Mapping(3).Dropped("a").Sync(3);

        if (broken is null)
            Assert.Empty(_story.Broken);
        else
            Assert.Contains(broken, Assert.Single(_story.Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void Build_ThatLeavesTogetherWithAnExpiry_IsAcceptedFromAWatcherThatLags()
    {
        var instance = _story.Register(1, _story.Grant(), "a", "i");
        var watcher = _story.WatchInterface().Mapping(1, ("a", LeaseStory.Build)).Whole("a", 1, instance).Sync(1);
        _story.Pass(3_000);
        watcher.Mapping(3).Dropped("a").Sync(3);

        Assert.Empty(_story.Broken);
    }

    [Fact]
    public void Build_ThatIsRun_MayNotLeaveItsMapping()
    {
        var lease = _story.Grant();
        var instance = _story.Register(1, lease, "a", "i");
        var watcher = _story.WatchInterface().Mapping(1, ("a", LeaseStory.Build)).Whole("a", 1, instance).Sync(1);
        _story.Pass(500);
        watcher.Mapping(2).Dropped("a").Sync(2);
        _story.Renew(lease);

        Assert.Contains(_story.Broken, broken => broken.Contains("before its lease could have run out", StringComparison.Ordinal));
    }

    [Fact]
    public void Build_WhoseInstanceIsRemovedLater_MayNotLeaveItsMapping()
    {
        var instance = _story.Register(1, _story.Grant(), "a", "i");
        var watcher = _story.WatchInterface().Mapping(1, ("a", LeaseStory.Build)).Whole("a", 1, instance).Sync(1);
        _story.Pass(5_000);
        watcher.Mapping(2).Dropped("a").Sync(2);
        _story.Remove(3, "a", "i");

        Assert.Contains(_story.Broken, broken => broken.StartsWith("No gap", StringComparison.Ordinal));
    }

    [Fact]
    public void UnknownOutcome_ChecksNothing_AndSaysSo()
    {
        _story.Watch("a").Whole("a", 7).Sync(7);
        _story.Log.Lose();

        var (broken, watches) = _story.Log.Check(LeaseStory.Epoch, new(TimeSpan.Zero, TimeSpan.Zero));

        Assert.Empty(broken);
        Assert.Equal(0, watches);
    }

    [Fact]
    public void Revision_ThatWasAcknowledgedTwice_IsRejected()
    {
        _story.Register(1, _story.Grant(), "a", "i");
        _story.Register(1, _story.Grant(), "a", "j");

        Assert.Contains("2 changes", Assert.Single(_story.Broken), StringComparison.Ordinal);
    }
}
