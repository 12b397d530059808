namespace NBomber.Scheduling;

internal static class Waiting
{
    /// <summary>Returns when so much time has gone since a timestamp, at once if it has; throws when cancelled.</summary>
    public static async ValueTask WaitUntilAsync(this TimeProvider time, long start, TimeSpan due, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        while (true)
        {
            var left = due - time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
                return;

            // Task.Delay cuts off fractions of milliseconds, and would not wait for the last one at all.
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), time, cancellation).ConfigureAwait(false);
        }
    }
}
