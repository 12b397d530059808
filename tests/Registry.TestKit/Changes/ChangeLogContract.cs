using Registry.Core;
using Registry.Core.Changes;
using Registry.TestKit.Core;
using Registry.TestKit.Threads;
using Xunit;

namespace Registry.TestKit.Changes;

/// <summary>
/// What the registry may rely on, whatever log it is given. Each log derives from this and says how it is made; what a log can do
/// beyond it (a queue that fills up, a disk that fails) is tested by its own room.
/// </summary>
public abstract class ChangeLogContract
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A fresh log, healthy and with room for at least a MiB.</summary>
    internal abstract IChangeLog Create();

    /// <summary>How a log that was created is disposed of.</summary>
    internal virtual ValueTask DiscardAsync(IChangeLog log)
    {
        (log as IDisposable)?.Dispose();
        return default;
    }

    [Fact]
    public Task Reserve_OfAHealthyLog_IsGranted() => WithAsync(log =>
    {
        Assert.Null(log.TryReserve(1));
        log.Release(1);
        return Task.CompletedTask;
    });

    [Fact]
    public Task Release_GivesTheRoomBack_HoweverOftenItIsTaken() => WithAsync(log =>
    {
        // 100 GiB in all: a log that loses count is full long before.
        for (var i = 0; i < 100_000; i++)
        {
            Assert.Null(log.TryReserve(Command.MaxSize));
            log.Release(Command.MaxSize);
        }

        return Task.CompletedTask;
    });

    [Fact]
    public Task Appended_AndWaitedFor_IsKept() => WithAsync(async log =>
    {
        Append(log, 1);
        Assert.Null(await WaitAsync(log, 1));
        Append(log, 2);
        Append(log, 5); // Revisions grow; another orderer may leave gaps.
        Assert.Null(await WaitAsync(log, 5));
    });

    [Fact]
    public Task Wait_ForAnEarlierRevision_CompletesToo() => WithAsync(async log =>
    {
        for (var revision = 1; revision <= 100; revision++)
            Append(log, revision);
        Assert.Null(await WaitAsync(log, 100));
        for (var revision = 1; revision <= 100; revision++)
            Assert.Null(await WaitAsync(log, revision));
    });

    [Fact]
    public Task Wait_ForNothing_CompletesAtOnce() => WithAsync(async log => Assert.Null(await WaitAsync(log, 0)));

    [Fact]
    public Task Append_ReturnsTheRoomThatWasReserved_OnceItIsKept() => WithAsync(async log =>
    {
        for (var revision = 1; revision <= 200; revision++)
        {
            Assert.Null(log.TryReserve(Command.MaxSize));
            log.Append(revision, Change(), Command.MaxSize);
            Assert.Null(await WaitAsync(log, revision));
        }
    });

    [Fact]
    public Task Caller_ThatStopsWaiting_TakesNothingBack() => WithAsync(async log =>
    {
        Append(log, 1);
        using var patience = new CancellationTokenSource();
        await patience.CancelAsync();
        try
        {
            await log.WaitDurableAsync(1, patience.Token);
        }
        catch (OperationCanceledException)
        {
            // Either is fine: it was kept already, or the caller stopped waiting.
        }

        Assert.Null(await WaitAsync(log, 1));
    });

    [Fact]
    public Task ManyWriters_EachWaitsForItsOwn() => WithAsync(async log =>
    {
        const int Each = 200;
        var gate = new Lock();
        var revision = 0L;
        var waits = new List<Task<RegistryError?>>();
        StartingGate.Run(4, _ =>
        {
            for (var i = 0; i < Each; i++)
            {
                Assert.Null(log.TryReserve(100));
                long mine;

                // As under the commit section: one append at a time, with revisions that grow.
                lock (gate)
                    log.Append(mine = ++revision, Change(), 100);
                var wait = WaitAsync(log, mine);
                lock (waits)
                    waits.Add(wait);
            }
        });

        Assert.All(await Task.WhenAll(waits), Assert.Null);
        Assert.Equal(4 * Each, waits.Count);
    });

    private static ApplicationChange Change() => new()
    {
        Application = Given.Name("orders"),
        Removals = ["a"],
    };

    private static void Append(IChangeLog log, long revision)
    {
        Assert.Null(log.TryReserve(100));
        log.Append(revision, Change(), 100);
    }

    private static Task<RegistryError?> WaitAsync(IChangeLog log, long revision) =>
        log.WaitDurableAsync(revision, CancellationToken.None).AsTask().WaitAsync(Patience);

    private async Task WithAsync(Func<IChangeLog, Task> test)
    {
        var log = Create();
        try
        {
            await test(log);
        }
        finally
        {
            await DiscardAsync(log);
        }
    }
}
