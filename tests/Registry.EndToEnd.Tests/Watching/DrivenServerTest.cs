using Microsoft.Extensions.DependencyInjection;
using Registry.TestKit.Time;

namespace Registry.EndToEnd.Tests.Watching;

/// <summary>A server whose time the test drives.</summary>
public abstract class DrivenServerTest : WatchServerTest
{
    private Follower _probe = null!;
    private ulong _probed = 1_000;

    protected DrivenClock Clock { get; } = new();

    protected override void Adjust(IServiceCollection services) => services.AddSingleton<TimeProvider>(Clock);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _probe = Follower.Open(new(Host.CreateChannel()));
        await _probe.UntilAsync("probe", "a Sync", f => f.Syncs > 0);
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _probe.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>
    /// Lets time pass in steps, and after each waits until the watches have done what that step made due: a question of the probe is
    /// answered after everything that was left to do before it. Otherwise hours could pass before they run once, which is a pause of
    /// the process to them.
    /// </summary>
    protected async Task PassAsync(TimeSpan time)
    {
        var step = TimeSpan.FromSeconds(1);
        for (; time > TimeSpan.Zero; time -= step)
        {
            Clock.Advance(time < step ? time : step);
            var question = ++_probed;
            await _probe.UnsubscribeAsync(question);
            await _probe.UntilAsync($"time is {Clock.Elapsed}", "the probe's answer", f => f.Unsubscribed.Contains(question));
        }
    }
}
