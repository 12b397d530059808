using Registry.LoadTests.Visits;
using Registry.Protocol.V1;
using Registry.TestKit.Guarantees.Recording;

namespace Registry.LoadTests.Watching;

/// <summary>
/// One subscriber: what it opens its stream with, what it was told, and who is to hear of it. Used by one reader at a time.
/// </summary>
/// <param name="open">The first message.</param>
/// <param name="record">Where each message is recorded; null: nowhere.</param>
/// <param name="onSync">Called after each Sync.</param>
/// <param name="view">What it knows from an earlier stream that this one resumes; null: nothing.</param>
internal sealed class Watcher(Open open, WireWatch? record, Action<WatchView>? onSync = null, WatchView? view = null)
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WatchView View { get; } = view ?? new();

    /// <summary>Completes with the first state.</summary>
    public Task Ready => _ready.Task;

    /// <summary>The first message, as it is sent.</summary>
    public WatchRequest Begin()
    {
        var request = new WatchRequest { Open = open };
        record?.Sent(request);
        return request;
    }

    /// <summary>Takes a message.</summary>
    public void Take(WatchResponse message)
    {
        record?.Received(message);
        View.Take(message);
        if (message.KindCase != WatchResponse.KindOneofCase.Sync)
            return;
        _ready.TrySetResult();
        onSync?.Invoke(View);
    }

    /// <summary>The stream is over.</summary>
    public void End(string reason)
    {
        record?.Ended(reason);
        _ready.TrySetException(new Failures.LoadException(Failures.FailureKind.ConnectionLost, reason));

        // Nobody may wait for it any more.
        _ = _ready.Task.Exception;
    }
}
