using System.Collections.Concurrent;

namespace Registry.Server.Tests.Hosting;

/// <summary>A clock whose timers go off when the test says so, and not before.</summary>
internal sealed class HeldTimers : TimeProvider
{
    private readonly ConcurrentDictionary<HeldTimer, TimeSpan> _waiting = new();

    /// <summary>How many timers wait for this time.</summary>
    public int Waiting(TimeSpan due) => _waiting.Values.Count(each => each == due);

    /// <summary>Sets off all timers that wait for this time.</summary>
    public void Fire(TimeSpan due)
    {
        foreach (var timer in _waiting.Where(each => each.Value == due).Select(each => each.Key))
            timer.Fire();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new HeldTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class HeldTimer(HeldTimers owner, Action callback) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            owner._waiting[this] = dueTime;
            return true;
        }

        public void Fire()
        {
            if (owner._waiting.TryRemove(this, out _))
                callback();
        }

        public void Dispose() => owner._waiting.TryRemove(this, out _);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
