using Grpc.Core;
using Grpc.Core.Utils;
using Xunit;

namespace Registry.Compat.Tests.Contract;

public sealed class StatusTests
{
    [Fact]
    public void TheDefaults_AreWhatTheirNamesSay()
    {
        Assert.Equal(StatusCode.OK, Status.DefaultSuccess.StatusCode);
        Assert.Equal("", Status.DefaultSuccess.Detail);
        Assert.Equal(StatusCode.Cancelled, Status.DefaultCancelled.StatusCode);
        Assert.Null(Status.DefaultCancelled.DebugException);
    }

    [Fact]
    public void TheText_NamesCodeDetailAndCause()
    {
        var text = new Status(StatusCode.NotFound, "no such key", new KeyNotFoundException("key 7")).ToString();
        Assert.Contains("NotFound", text, StringComparison.Ordinal);
        Assert.Contains("no such key", text, StringComparison.Ordinal);
        Assert.Contains("key 7", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StatusCode.OK, 0)]
    [InlineData(StatusCode.Cancelled, 1)]
    [InlineData(StatusCode.Unknown, 2)]
    [InlineData(StatusCode.InvalidArgument, 3)]
    [InlineData(StatusCode.DeadlineExceeded, 4)]
    [InlineData(StatusCode.NotFound, 5)]
    [InlineData(StatusCode.AlreadyExists, 6)]
    [InlineData(StatusCode.PermissionDenied, 7)]
    [InlineData(StatusCode.ResourceExhausted, 8)]
    [InlineData(StatusCode.FailedPrecondition, 9)]
    [InlineData(StatusCode.Aborted, 10)]
    [InlineData(StatusCode.OutOfRange, 11)]
    [InlineData(StatusCode.Unimplemented, 12)]
    [InlineData(StatusCode.Internal, 13)]
    [InlineData(StatusCode.Unavailable, 14)]
    [InlineData(StatusCode.DataLoss, 15)]
    [InlineData(StatusCode.Unauthenticated, 16)]
    public void TheNumbers_AreThoseOfTheProtocol(StatusCode code, int number) => Assert.Equal(number, (int)code);

    [Fact]
    public void TheNumbers_ThatTheOfficialAssembliesCompiledIn_AreTheSame()
    {
        Assert.Equal(
            ["Unary", "ClientStreaming", "ServerStreaming", "DuplexStreaming"],
            Enumerable.Range(0, 4).Select(number => Enum.GetName((MethodType)number)));
        Assert.Equal((1, 2), ((int)WriteFlags.BufferHint, (int)WriteFlags.NoCompress));
        Assert.Equal(
            ["Idle", "Connecting", "Ready", "TransientFailure", "Shutdown"],
            Enumerable.Range(0, 5).Select(number => Enum.GetName((ConnectivityState)number)));
    }

    [Fact]
    public void AnException_CarriesStatusTrailersAndCause()
    {
        var cause = new IOException("cable");
        var trailers = new Metadata { { "tag", "x" } };
        var error = new RpcException(new Status(StatusCode.Unavailable, "gone", cause), trailers);
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Same(trailers, error.Trailers);
        Assert.Same(cause, error.InnerException);
        Assert.Contains("gone", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnException_MayHaveAMessageOfItsOwn()
    {
        var error = new RpcException(new Status(StatusCode.Unavailable, "gone"), "while looking for a leader");
        Assert.Equal("while looking for a leader", error.Message);
        Assert.Empty(error.Trailers);
        Assert.Throws<ArgumentNullException>(() => new RpcException(Status.DefaultCancelled, (Metadata)null!));
    }

    [Fact]
    public void Preconditions_ThrowWhenTheyFail()
    {
        GrpcPreconditions.CheckArgument(true, "fine");
        GrpcPreconditions.CheckState(true);
        Assert.Equal("x", GrpcPreconditions.CheckNotNull("x", "name"));
        Assert.Equal("wrong", Assert.Throws<ArgumentException>(() => GrpcPreconditions.CheckArgument(false, "wrong")).Message);
        Assert.Throws<ArgumentException>(() => GrpcPreconditions.CheckArgument(false));
        Assert.Equal("name", Assert.Throws<ArgumentNullException>(() => GrpcPreconditions.CheckNotNull<string>(null!, "name")).ParamName);
        Assert.Throws<ArgumentNullException>(() => GrpcPreconditions.CheckNotNull<string>(null!));
        Assert.Equal("broken", Assert.Throws<InvalidOperationException>(() => GrpcPreconditions.CheckState(false, "broken")).Message);
        Assert.Throws<InvalidOperationException>(() => GrpcPreconditions.CheckState(false));
    }
}
