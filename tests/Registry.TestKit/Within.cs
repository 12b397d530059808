using Xunit;

namespace Registry.TestKit;

/// <summary>
/// Waiting with a deadline. What is waited for is an event or a condition, never an amount of time; the deadline only turns a hang
/// into a failure that says in which phase it was, what was expected and what was there.
/// </summary>
public static class Within
{
    /// <summary>The deadline when a test has no reason for another: generous, for machines that do other things too.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Conditions without an event are looked at this often.
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits for a task; fails the test at the deadline.</summary>
    public static async Task<T> DeadlineAsync<T>(
        Task<T> task, string phase, string expected, Func<string>? actual = null, TimeSpan? deadline = null)
    {
        await DeadlineAsync((Task)task, phase, expected, actual, deadline);
        return await task;
    }

    /// <summary>Waits for a task; fails the test at the deadline.</summary>
    public static async Task DeadlineAsync(
        Task task, string phase, string expected, Func<string>? actual = null, TimeSpan? deadline = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        using var over = new CancellationTokenSource();
        var time = Task.Delay(deadline ?? Patience, over.Token);
        if (await Task.WhenAny(task, time) == time)
            Fail(phase, expected, actual?.Invoke() ?? "nothing yet", deadline);
        await over.CancelAsync();
        await task;
    }

    /// <summary>Looks again and again until the value is the expected one; fails the test at the deadline.</summary>
    public static Task BecomesAsync<T>(string phase, T expected, Func<T> actual, TimeSpan? deadline = null) =>
        HoldsAsync(phase, $"{expected}", actual, value => EqualityComparer<T>.Default.Equals(value, expected), deadline);

    /// <summary>The same for a value that takes a call to look at.</summary>
    public static Task BecomesAsync<T>(string phase, T expected, Func<Task<T>> actual, TimeSpan? deadline = null) =>
        HoldsAsync(phase, $"{expected}", actual, value => EqualityComparer<T>.Default.Equals(value, expected), deadline);

    /// <summary>Looks again and again until the value satisfies a condition; fails the test at the deadline.</summary>
    public static Task<T> HoldsAsync<T>(
        string phase, string expected, Func<T> actual, Func<T, bool> condition, TimeSpan? deadline = null)
    {
        ArgumentNullException.ThrowIfNull(actual);
        return HoldsAsync(phase, expected, () => Task.FromResult(actual()), condition, deadline);
    }

    /// <summary>The same for a value that takes a call to look at.</summary>
    public static async Task<T> HoldsAsync<T>(
        string phase, string expected, Func<Task<T>> actual, Func<T, bool> condition, TimeSpan? deadline = null)
    {
        ArgumentNullException.ThrowIfNull(actual);
        ArgumentNullException.ThrowIfNull(condition);
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var value = await actual();
            if (condition(value))
                return value;
            if (TimeProvider.System.GetElapsedTime(start) > (deadline ?? Patience))
                Fail(phase, expected, $"{value}", deadline);
            await Task.Delay(Glance);
        }
    }

    private static void Fail(string phase, string expected, string actual, TimeSpan? deadline) =>
        Assert.Fail($"{phase}: expected {expected} within {(deadline ?? Patience).TotalSeconds} s, actual: {actual}");
}
