namespace Registry.Client.Tests.Fakes;

/// <summary>Turns a hang into a failure. Nothing waits for this long because it should.</summary>
internal static class Wait
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Task<T> ForAsync<T>(Task<T> task) => task.WaitAsync(Patience);

    public static Task ForAsync(Task task) => task.WaitAsync(Patience);
}
