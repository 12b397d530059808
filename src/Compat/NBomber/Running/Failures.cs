namespace NBomber.Running;

/// <summary>The status codes that the runner itself gives.</summary>
internal static class Failures
{
    public const string Timeout = "-100";
    public const string Unhandled = "-101";
    public const string TimeoutMessage = "operation timeout";

    public static string StatusCodeOf(Exception exception) => exception is OperationCanceledException ? Timeout : Unhandled;

    public static string MessageOf(Exception exception) =>
        exception is OperationCanceledException ? TimeoutMessage : $"{exception.GetType().Name}: {exception.Message}";
}
