namespace NBomber.Counting;

/// <summary>How often a status code came, and the first message that came with it.</summary>
internal sealed class CodeCount
{
    private const int LongestMessage = 1000;

    public long Count { get; private set; }

    public string Message { get; private set; } = "";

    public void Add(long count, string message)
    {
        Count += count;
        if (Message.Length == 0 && message.Length > 0)
            Message = message.Length <= LongestMessage ? message : message[..LongestMessage] + "…";
    }
}
