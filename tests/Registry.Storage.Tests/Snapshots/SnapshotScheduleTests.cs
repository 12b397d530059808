using Registry.Storage.Snapshots;
using Registry.TestKit.Time;

namespace Registry.Storage.Tests.Snapshots;

public sealed class SnapshotScheduleTests
{
    private readonly DrivenClock _clock = new();

    [Fact]
    public void Snapshot_IsDue_AfterSoMuchNewLog()
    {
        var schedule = Schedule(TimeSpan.Zero);
        Assert.False(schedule.IsDue(999));
        Assert.True(schedule.IsDue(1_000));

        schedule.Begin(1_000);
        schedule.Taken(10);
        Assert.False(schedule.IsDue(1_999));
        Assert.True(schedule.IsDue(2_000));
    }

    [Fact]
    public void Snapshot_IsNotDue_WhileTheLogIsShorterThanTheLastOne()
    {
        var schedule = Schedule(TimeSpan.Zero);
        schedule.Begin(1_000);
        schedule.Taken(5_000);
        Assert.False(schedule.IsDue(5_999));
        Assert.True(schedule.IsDue(6_000));
    }

    [Fact]
    public void Snapshot_IsDue_AfterTheInterval_IfAnythingHasChanged()
    {
        var schedule = Schedule(TimeSpan.FromHours(1));
        schedule.Begin(500);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.False(schedule.IsDue(500));
        Assert.True(schedule.IsDue(501));

        schedule.Begin(501);
        _clock.Advance(TimeSpan.FromMinutes(59));
        Assert.False(schedule.IsDue(502));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(schedule.IsDue(502));
    }

    [Fact]
    public void Snapshot_ThatFailed_IsTriedAgain_WhenItIsDueAgain()
    {
        var schedule = Schedule(TimeSpan.Zero);
        schedule.Begin(1_000);
        Assert.False(schedule.IsDue(1_000));
        Assert.True(schedule.IsDue(2_000));
    }

    private SnapshotSchedule Schedule(TimeSpan interval) =>
        new(new LogOptions { SnapshotLogBytes = 1_000, SnapshotInterval = interval }, _clock);
}
