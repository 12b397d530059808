using Grpc.Core;
using Registry.Protocol.V1;

namespace Registry.Client.Tests.Fakes;

/// <summary>The server's end of one watch stream.</summary>
internal sealed class ScriptedStream(
    Open open, IAsyncStreamReader<WatchRequest> requests, IServerStreamWriter<WatchResponse> responses, CancellationToken over)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Open Open => open;

    public Task Ended => _ended.Task;

    public async Task SendAsync(params WatchResponse[] messages)
    {
        foreach (var message in messages)
        {
            await Wait.ForAsync(responses.WriteAsync(message, over));
        }
    }

    /// <summary>The next message of the client.</summary>
    public async Task<WatchRequest> NextAsync()
    {
        Assert.True(await Wait.ForAsync(requests.MoveNext(over)));
        return requests.Current;
    }

    public void Fail(StatusCode code, string reason = "") => _ended.SetException(Refusal.Of(code, reason, "scripted"));

    public void End() => _ended.SetResult();
}
