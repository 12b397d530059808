using Grpc.Core;
using Xunit;

namespace Registry.Compat.Tests.Contract;

public sealed class CallObjectTests
{
    private static readonly Metadata Headers = new() { { "kind", "headers" } };
    private static readonly Metadata Trailers = new() { { "kind", "trailers" } };
    private static readonly Status Ended = new(StatusCode.Aborted, "ended");

    private readonly List<object> _disposed = [];

    [Fact]
    public async Task AUnaryCall_GivesWhatItWasMadeFrom()
    {
        var response = Task.FromResult("response");
        using (var call = new AsyncUnaryCall<string>(
            response, Task.FromResult(Headers), () => Ended, () => Trailers, () => _disposed.Add("plain")))
        {
            Assert.Equal("response", await call);
            Assert.Equal("response", await call.ConfigureAwait(false));
            await AssertParts(call.ResponseHeadersAsync, call.GetStatus(), call.GetTrailers());
        }

        using (var call = new AsyncUnaryCall<string>(response, HeadersOf, StatusOf, TrailersOf, _disposed.Add, "state"))
        {
            Assert.Equal("response", await call.ResponseAsync);
            await AssertParts(call.ResponseHeadersAsync, call.GetStatus(), call.GetTrailers());
        }

        Assert.Equal(["plain", "state"], _disposed);
    }

    [Fact]
    public async Task AClientStreamingCall_GivesWhatItWasMadeFrom()
    {
        var requests = new NoRequests();
        var response = Task.FromResult("response");
        using (var call = new AsyncClientStreamingCall<string, string>(
            requests, response, Task.FromResult(Headers), () => Ended, () => Trailers, () => _disposed.Add("plain")))
        {
            Assert.Same(requests, call.RequestStream);
            Assert.Equal("response", await call);
            Assert.Equal("response", await call.ConfigureAwait(false));
            await AssertParts(call.ResponseHeadersAsync, call.GetStatus(), call.GetTrailers());
        }

        using (var call = new AsyncClientStreamingCall<string, string>(
            requests, response, HeadersOf, StatusOf, TrailersOf, _disposed.Add, "state"))
        {
            Assert.Same(requests, call.RequestStream);
            await AssertParts(call.ResponseHeadersAsync, call.GetStatus(), call.GetTrailers());
        }

        Assert.Equal(["plain", "state"], _disposed);
    }

    [Fact]
    public async Task AServerStreamingCall_GivesWhatItWasMadeFrom()
    {
        var responses = new NoResponses();
        using (var call = new AsyncServerStreamingCall<string>(
            responses, Task.FromResult(Headers), () => Ended, () => Trailers, () => _disposed.Add("plain")))
        {
            Assert.Same(responses, call.ResponseStream);
            await AssertParts(call.ResponseHeadersAsync, call.GetStatus(), call.GetTrailers());
        }

        using (var call = new AsyncServerStreamingCall<string>(responses, HeadersOf, StatusOf, TrailersOf, _disposed.Add, "state"))
        {
            Assert.Same(responses, call.ResponseStream);
            await AssertParts(call.ResponseHeadersAsync, call.GetStatus(), call.GetTrailers());
        }

        Assert.Equal(["plain", "state"], _disposed);
    }

    [Fact]
    public async Task ADuplexCall_GivesWhatItWasMadeFrom()
    {
        var requests = new NoRequests();
        var responses = new NoResponses();
        using (var call = new AsyncDuplexStreamingCall<string, string>(
            requests, responses, Task.FromResult(Headers), () => Ended, () => Trailers, () => _disposed.Add("plain")))
        {
            Assert.Same(requests, call.RequestStream);
            Assert.Same(responses, call.ResponseStream);
            await AssertParts(call.ResponseHeadersAsync, call.GetStatus(), call.GetTrailers());
        }

        using (var call = new AsyncDuplexStreamingCall<string, string>(
            requests, responses, HeadersOf, StatusOf, TrailersOf, _disposed.Add, "state"))
        {
            Assert.Same(requests, call.RequestStream);
            Assert.Same(responses, call.ResponseStream);
            await AssertParts(call.ResponseHeadersAsync, call.GetStatus(), call.GetTrailers());
        }

        Assert.Equal(["plain", "state"], _disposed);
    }

    private static Task<Metadata> HeadersOf(object state) => Task.FromResult(Expected(state, Headers));

    private static Status StatusOf(object state) => Expected(state, Ended);

    private static Metadata TrailersOf(object state) => Expected(state, Trailers);

    private static T Expected<T>(object state, T value)
    {
        Assert.Equal("state", state);
        return value;
    }

    private static async Task AssertParts(Task<Metadata> headers, Status status, Metadata trailers)
    {
        Assert.Same(Headers, await headers);
        Assert.Equal(Ended, status);
        Assert.Same(Trailers, trailers);
    }

    private sealed class NoRequests : IClientStreamWriter<string>
    {
        public WriteOptions? WriteOptions { get; set; }

        public Task CompleteAsync() => Task.CompletedTask;

        public Task WriteAsync(string message) => Task.CompletedTask;
    }

    private sealed class NoResponses : IAsyncStreamReader<string>
    {
        public string Current => throw new InvalidOperationException();

        public Task<bool> MoveNext(CancellationToken cancellationToken) => Task.FromResult(false);
    }
}
