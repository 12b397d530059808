using Grpc.Core;
using Xunit;

namespace Registry.Compat.Tests.Contract;

public sealed class ServerCallContextTests
{
    private readonly FakeContext _context = new();

    [Fact]
    public async Task ThePublicMembers_LeadToTheCoreMembers()
    {
        Assert.Equal("/pkg.Service/Do", _context.Method);
        Assert.Equal("host", _context.Host);
        Assert.Equal("peer", _context.Peer);
        Assert.Equal(DateTime.UnixEpoch, _context.Deadline);
        Assert.Same(_context.Headers, _context.RequestHeaders);
        Assert.Same(_context.Trailers, _context.ResponseTrailers);
        Assert.Same(_context.Auth, _context.AuthContext);
        Assert.True(_context.CancellationToken.IsCancellationRequested);
        await _context.WriteResponseHeadersAsync(_context.Headers);
        Assert.Same(_context.Headers, _context.Sent);
    }

    [Fact]
    public void StatusAndWriteOptions_CanBeSet()
    {
        var options = new WriteOptions(WriteFlags.BufferHint);
        _context.Status = new Status(StatusCode.Aborted, "lost");
        _context.WriteOptions = options;
        Assert.Equal("lost", _context.Status.Detail);
        Assert.Same(options, _context.WriteOptions);
    }

    [Fact]
    public void UserState_StaysForTheCall()
    {
        Assert.Empty(_context.UserState);
        _context.UserState["key"] = "value";
        Assert.Equal("value", _context.UserState["key"]);
    }

    [Fact]
    public void APropagationToken_IsMadeWithTheGivenOptions()
    {
        var options = new ContextPropagationOptions();
        Assert.Same(options, Assert.IsType<FakeToken>(_context.CreatePropagationToken(options)).Options);
        Assert.Null(Assert.IsType<FakeToken>(_context.CreatePropagationToken()).Options);
    }

    private sealed class FakeToken(ContextPropagationOptions? options) : ContextPropagationToken
    {
        public ContextPropagationOptions? Options => options;
    }

    private sealed class FakeContext : ServerCallContext
    {
        public Metadata Headers { get; } = [];

        public Metadata Trailers { get; } = [];

        public AuthContext Auth { get; } = new(null, []);

        public Metadata? Sent { get; private set; }

        protected override string MethodCore => "/pkg.Service/Do";

        protected override string HostCore => "host";

        protected override string PeerCore => "peer";

        protected override DateTime DeadlineCore => DateTime.UnixEpoch;

        protected override Metadata RequestHeadersCore => Headers;

        protected override CancellationToken CancellationTokenCore => new(canceled: true);

        protected override Metadata ResponseTrailersCore => Trailers;

        protected override Status StatusCore { get; set; }

        protected override WriteOptions? WriteOptionsCore { get; set; }

        protected override AuthContext AuthContextCore => Auth;

        protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
        {
            Sent = responseHeaders;
            return Task.CompletedTask;
        }

        protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => new FakeToken(options);
    }
}
