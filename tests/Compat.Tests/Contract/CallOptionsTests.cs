using Grpc.Core;
using Xunit;

namespace Registry.Compat.Tests.Contract;

public sealed class CallOptionsTests
{
    [Fact]
    public void TheDefault_SetsNothing()
    {
        var options = default(CallOptions);
        Assert.Null(options.Headers);
        Assert.Null(options.Deadline);
        Assert.Equal(CancellationToken.None, options.CancellationToken);
        Assert.Null(options.WriteOptions);
        Assert.Null(options.PropagationToken);
        Assert.Null(options.Credentials);
        Assert.False(options.IsWaitForReady);
    }

    [Fact]
    public void EachWith_ChangesACopy()
    {
        using var cancel = new CancellationTokenSource();
        var headers = new Metadata();
        var deadline = DateTime.UtcNow;
        var writeOptions = new WriteOptions(WriteFlags.NoCompress);
        var token = new FakeToken();
        var credentials = CallCredentials.FromInterceptor((_, _) => Task.CompletedTask);
        var start = new CallOptions();
        var end = start
            .WithHeaders(headers)
            .WithDeadline(deadline)
            .WithCancellationToken(cancel.Token)
            .WithWriteOptions(writeOptions)
            .WithPropagationToken(token)
            .WithCredentials(credentials)
            .WithWaitForReady();
        Assert.Same(headers, end.Headers);
        Assert.Equal(deadline, end.Deadline);
        Assert.Equal(cancel.Token, end.CancellationToken);
        Assert.Same(writeOptions, end.WriteOptions);
        Assert.Same(token, end.PropagationToken);
        Assert.Same(credentials, end.Credentials);
        Assert.True(end.IsWaitForReady);
        Assert.False(end.WithWaitForReady(false).IsWaitForReady);
        Assert.Null(start.Headers);
        Assert.False(start.IsWaitForReady);
    }

    [Fact]
    public void TheConstructor_SetsWhatItIsGiven()
    {
        var headers = new Metadata();
        var options = new CallOptions(headers, DateTime.MaxValue, writeOptions: WriteOptions.Default);
        Assert.Same(headers, options.Headers);
        Assert.Equal(DateTime.MaxValue, options.Deadline);
        Assert.Same(WriteOptions.Default, options.WriteOptions);
        Assert.Equal(default, WriteOptions.Default.Flags);
    }

    [Fact]
    public void Propagation_TakesOverEverythingUnlessToldOtherwise()
    {
        Assert.True(ContextPropagationOptions.Default.IsPropagateDeadline);
        Assert.True(ContextPropagationOptions.Default.IsPropagateCancellation);
        var options = new ContextPropagationOptions(propagateDeadline: false);
        Assert.False(options.IsPropagateDeadline);
        Assert.True(options.IsPropagateCancellation);
    }

    private sealed class FakeToken : ContextPropagationToken;
}
