namespace Registry.Doubles.Tests.Catalog;

/// <summary>The transport's end of a stream.</summary>
internal static class ServerDoubles
{
    private const string Sink = "src/Registry.Server/Discovery/StreamSink.cs";

    public static readonly BrokenDouble HandlerLeavesBeforeThePump = new()
    {
        Name = nameof(HandlerLeavesBeforeThePump),
        Story = "The handler returns before its pump has let go: the pump writes into a pipe that belongs to another stream by then.",
        Edits = [new(Sink, "await Stream.CloseAsync();", "_ = Stream.CloseAsync();\nawait Task.CompletedTask;")],
        CaughtBy = [Suite.Sinks],
    };

    public static readonly BrokenDouble HandlerLeavesAWriteBehind = new()
    {
        Name = nameof(HandlerLeavesAWriteBehind),
        Story = "The handler resets the stream whose write is under way and does not wait for its end.",
        Edits = [new(Sink, "if (!await WriteEndsWithinAsync(_resetPatience))", "if (!_write.IsCompleted)")],
        CaughtBy = [Suite.Sinks],
    };

    public static readonly BrokenDouble StreamEncodesForItself = new()
    {
        Name = nameof(StreamEncodesForItself),
        Story = "Each stream encodes what it writes for itself, past the slot that all share.",
        Edits =
        [
            new(
                Sink,
                "else if (IsDeferred(later, item.Message!) || !item.Message!.TryGetEncoded(TopicEncoder.Encode, out var encoded))",
                "else if (IsDeferred(later, item.Message!) || TopicEncoder.Encode(item.Message!) is not { } encoded)"),
        ],
        CaughtBy = [Suite.Sinks],
    };
}
