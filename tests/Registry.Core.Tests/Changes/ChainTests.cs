using System.Runtime.CompilerServices;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Changes;

/// <summary>The chain of change sets is collected behind the pump: a registry's memory is its state, not its history.</summary>
public sealed class ChainTests
{
    [Fact]
    public void Changes_ThatThePumpHasPassed_AreCollected()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        var passed = ChangeOnce(driven, lease);
        for (var port = 2; port < 10; port++)
            driven.Register(lease, "orders", Given.Instance("a", port));
        driven.Pump.Run();

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.False(passed.TryGetTarget(out _), "a snapshot that was replaced and told is still reachable");
    }

    [Fact]
    public void Change_ThatThePumpHasPassed_KeepsNoneThatCameAfterIt()
    {
        using var driven = new DrivenRegistry();
        var lease = driven.Grant();
        driven.Pump.Run();
        var tail = driven.Registry.Commits.ReadTail();
        driven.Register(lease, "orders", Given.Instance("a", 1));
        Assert.NotNull(tail.Next);

        driven.Pump.Run();

        Assert.Null(tail.Next);
    }

    // In a frame of its own, so that no local keeps the snapshot.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference<object> ChangeOnce(DrivenRegistry driven, Registry.Core.Leases.LeaseId lease) =>
        new(driven.Register(lease, "orders", Given.Instance("a", 1)).Application!);
}
