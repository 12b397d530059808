using System.Diagnostics;
using System.Runtime.CompilerServices;
using Registry.LoadTests.Servers;

namespace Registry.LoadTests.Tests.Servers;

[Collection(nameof(Alone))]
public sealed class FullCollectionTests
{
    [Fact]
    public async Task Collection_TakesWhatOnlyAFullOneTakes()
    {
        var old = NewGarbageOfTheOldestGeneration();
        Assert.True(old.IsAlive);

        Assert.True(await FullCollection.TryAsync(Environment.ProcessId, TestContext.Current.CancellationToken));

        Assert.False(old.IsAlive);
    }

    [Fact]
    public async Task Collection_OfAProcessThatIsGone_IsNotPossible()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["--version"]) { RedirectStandardOutput = true })!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.False(await FullCollection.TryAsync(process.Id, TestContext.Current.CancellationToken));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference NewGarbageOfTheOldestGeneration()
    {
        var item = new object();
        while (GC.GetGeneration(item) < GC.MaxGeneration)
            GC.Collect();
        return new WeakReference(item);
    }
}
