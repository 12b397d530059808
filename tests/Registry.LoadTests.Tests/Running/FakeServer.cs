using System.Text.Json.Nodes;
using Registry.LoadTests.Servers;

namespace Registry.LoadTests.Tests.Running;

/// <summary>A server that answers as the test says, and ends when the test says so.</summary>
internal sealed class FakeServer(Func<CancellationToken, Task<JsonNode>> answer) : IWatchedServer
{
    private readonly TaskCompletionSource<string> _death = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsOurs { get; init; } = true;

    public Task<string> Death => _death.Task;

    public int Life => 1;

    public static FakeServer Failing(Exception failure) => new(_ => Task.FromException<JsonNode>(failure));

    public void End(string words) => _death.SetResult(words);

    public Task<JsonNode> GetAsync(string path, CancellationToken cancellationToken) => answer(cancellationToken);
}
