using Registry.Core.Changes.Commands;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Changes;

/// <summary>An answer to a write waits until what it says is kept, "nothing to do" included: the try before may have timed out.</summary>
public sealed class DurabilityTests
{
    [Fact]
    public async Task Deregister_RepeatedBeforeTheFirstIsDurable_IsNotAnsweredEarlier()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        var registered = driven.Register(lease, "orders", Given.Instance("a"));
        driven.Log.DurableRevision = registered.Revision;
        var command = new DeregisterCommand(Given.Name("orders"), "", [new InstanceRef("a", 0)], lease);

        var first = driven.Registry.ExecuteAsync(command, CancellationToken.None).AsTask();
        driven.Pump.Run();
        Assert.Equal(0, driven.Registry.Applications.CountEntries());
        var again = driven.Registry.ExecuteAsync(command, CancellationToken.None).AsTask();

        Assert.False(first.IsCompleted);
        Assert.False(again.IsCompleted, "the repeated request was confirmed before the removal was durable");
        driven.Log.DurableRevision = registered.Revision + 1;
        Assert.Null((await first).Refusal);
        Assert.Null((await again).Refusal);
    }

    [Fact]
    public async Task Revoke_RepeatedBeforeTheFirstIsDurable_IsNotAnsweredEarlier()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        var registered = driven.Register(lease, "orders", Given.Instance("a"));
        driven.Log.DurableRevision = registered.Revision;

        var first = driven.Registry.RevokeLeaseAsync(lease, "", CancellationToken.None).AsTask();
        var again = driven.Registry.RevokeLeaseAsync(lease, "", CancellationToken.None).AsTask();

        Assert.False(first.IsCompleted);
        Assert.False(again.IsCompleted, "the repeated request was confirmed before the removal was durable");
        driven.Log.DurableRevision = registered.Revision + 1;
        Assert.Equal(1, (await first).Removed);
        Assert.Null((await again).Refusal);
    }

    [Fact]
    public async Task Register_RepeatedBeforeTheFirstIsDurable_IsNotAnsweredEarlierAndSaysTheSame()
    {
        using var driven = new DrivenRegistry();
        driven.Log.DurableRevision = 0;
        var command = new RegisterCommand(Given.Name("orders"), "", driven.Grant(), [Given.Instance("a")], []);

        var first = driven.Registry.ExecuteAsync(command, CancellationToken.None).AsTask();
        var again = driven.Registry.ExecuteAsync(command, CancellationToken.None).AsTask();

        Assert.False(first.IsCompleted);
        Assert.False(again.IsCompleted);
        driven.Log.DurableRevision = 1;
        Assert.Equal(await first, await again);
    }

    [Fact]
    public async Task Caller_ThatStopsWaiting_LeavesTheChangeWhole()
    {
        using var driven = new DrivenRegistry();
        driven.Log.DurableRevision = 0;
        using var patience = new CancellationTokenSource();
        var command = new RegisterCommand(Given.Name("orders"), "", driven.Grant(), [Given.Instance("a"), Given.Instance("b")], [Given.Build("x.Y")]);

        var waiting = driven.Registry.ExecuteAsync(command, patience.Token).AsTask();
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(2, driven.Registry.InstanceCount);
        Assert.Single(driven.Registry.ReadInterface(Given.Name("x.Y")).Applications);
    }
}
