using System.Threading.Channels;
using Grpc.Core;
using Registry.Protocol.V1;

namespace Registry.Client.Tests.Fakes;

/// <summary>Discovery of which a test plays the server's part of every stream.</summary>
internal sealed class ScriptedDiscovery : Discovery.DiscoveryBase, IDisposable
{
    private readonly Channel<ScriptedStream> _streams = Channel.CreateUnbounded<ScriptedStream>();
    private readonly CancellationTokenSource _stopped = new();

    public Func<ResolveRequest, ResolveResponse> OnResolve { get; set; } = _ => throw Refusal.Of(StatusCode.Unimplemented, "", "");

    public Func<ListInterfacesRequest, ListInterfacesResponse> OnListInterfaces { get; set; } = _ => new ListInterfacesResponse();

    public Func<ListApplicationsRequest, ListApplicationsResponse> OnListApplications { get; set; } = _ => new ListApplicationsResponse();

    /// <summary>Is asked before a stream is handed to the test; throws to refuse it.</summary>
    public Action<Open> OnWatch { get; set; } = _ => { };

    /// <summary>The next stream that was opened and not refused.</summary>
    public async Task<ScriptedStream> NextStreamAsync() => await Wait.ForAsync(_streams.Reader.ReadAsync().AsTask());

    /// <summary>Ends all streams.</summary>
    public void Stop() => _stopped.Cancel();

    public void Dispose() => _stopped.Dispose();

    public override Task<ResolveResponse> Resolve(ResolveRequest request, ServerCallContext context) =>
        Task.FromResult(OnResolve(request));

    public override Task<ListInterfacesResponse> ListInterfaces(ListInterfacesRequest request, ServerCallContext context) =>
        Task.FromResult(OnListInterfaces(request));

    public override Task<ListApplicationsResponse> ListApplications(ListApplicationsRequest request, ServerCallContext context) =>
        Task.FromResult(OnListApplications(request));

    public override async Task Watch(
        IAsyncStreamReader<WatchRequest> requestStream, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context)
    {
        Assert.True(await requestStream.MoveNext(context.CancellationToken));
        var open = requestStream.Current.Open;
        OnWatch(open);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, _stopped.Token);
        var stream = new ScriptedStream(open, requestStream, responseStream, over.Token);
        await _streams.Writer.WriteAsync(stream);
        await stream.Ended.WaitAsync(over.Token);
    }
}
