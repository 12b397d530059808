using Registry.Core.Changes.Commands;
using Registry.TestKit.Core;
using Registry.TestKit.Ordering;
using Xunit;

namespace Registry.Core.Tests.Changes;

/// <summary>The order of one machine keeps the contract.</summary>
public sealed class LocalCommandOrderTests : CommandOrderContract
{
    internal override DrivenRegistry Create() => new();

    protected override void Arrive()
    {
    }
}

/// <summary>
/// So does one whose revisions come from elsewhere, late and with gaps: what is above the order, and Apply below it, do not rely on
/// anything that only this machine's order does.
/// </summary>
public sealed class DistantOrderTests : CommandOrderContract
{
    private readonly DistantStore _store = new(seed: 4711);
    private DistantOrder? _order;

    [Fact]
    public void Change_IsNotVisibleAndNotAnswered_BeforeItArrives()
    {
        using var driven = Create();
        var watcher = driven.Watch(Given.Application("orders"));
        watcher.Receive();

        var task = driven.Registry.ExecuteAsync(Register(driven.Grant(), "orders", "a"), CancellationToken.None);

        Assert.False(task.IsCompleted);
        Assert.Equal((0, 0, 1), (driven.Registry.Revision, driven.Registry.InstanceCount, _store.UnderWay));
        Assert.Empty(watcher.Receive());
        var outcome = Finish(task);
        Assert.Equal(outcome.Revision, Assert.Single(watcher.Receive()).Revision);
    }

    [Fact]
    public void Revisions_HaveTheStoresGaps_AndKeepItsOrder()
    {
        using var driven = Create();
        var lease = driven.Grant();
        for (var i = 0; i < 20; i++)
            Do(driven, Register(lease, $"app-{i % 3}", $"a-{i}"));

        var revisions = driven.Log.Changes.Select(c => c.Revision).ToList();
        Assert.Equal(revisions.Order(), revisions);
        Assert.True(revisions[^1] > revisions.Count, "there was no gap");
    }

    [Fact]
    public void Decision_ThatWasOvertaken_IsMadeAnew()
    {
        using var driven = Create();
        var one = driven.Registry.ExecuteAsync(Register(driven.Grant(), "orders", "a"), CancellationToken.None);
        var other = driven.Registry.ExecuteAsync(Register(driven.Grant(), "orders", "a"), CancellationToken.None);

        // Both were decided on "not there". The second takes the instance over from the first, and is not lost on it.
        var (first, second) = (Finish(one).Revision, Finish(other).Revision);
        Assert.True(first < second, $"{first}, then {second}");
        Assert.Equal(1, _order!.Conflicts);
        Assert.Equal(second, driven.Read("orders", "a").Incarnation);
    }

    [Fact]
    public void NothingToDo_IsNotAnswered_WhileWhatWouldChangeThatIsUnderWay()
    {
        using var driven = Create();
        var lease = driven.Grant();
        Do(driven, Register(lease, "orders", "a"));
        var deregister = driven.Registry.ExecuteAsync(
            new DeregisterCommand(Given.Name("orders"), "", [new("a", 0)], ownLease: lease), CancellationToken.None);

        var again = driven.Registry.ExecuteAsync(Register(lease, "orders", "a"), CancellationToken.None);

        Assert.False(again.IsCompleted);
        var removed = Finish(deregister);
        Assert.Equal(1, removed.Removed);
        Assert.True(Finish(again).Revision > removed.Revision);
        Assert.True(driven.Has("orders", "a"));
    }

    internal override DrivenRegistry Create() => new(configure: null, parts => _order = new DistantOrder(parts, _store, deliversItself: false));

    protected override void Arrive()
    {
        while (_order!.Deliver())
        {
        }
    }
}
