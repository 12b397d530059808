using Google.Protobuf;
using Registry.LoadTests.Failures;
using Registry.TestKit.Wire;

namespace Registry.LoadTests.Lean;

/// <summary>A gRPC method, with the header fields of a call to it encoded once and for all.</summary>
internal sealed class LeanMethod
{
    private LeanMethod(string path)
    {
        HeaderBlock = Hpack.Encode(
        [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "registry"),
            ("content-type", "application/grpc"), ("te", "trailers"),
        ]);
    }

    public static LeanMethod Resolve { get; } = new("/registry.v1.Discovery/Resolve");

    public static LeanMethod Watch { get; } = new("/registry.v1.Discovery/Watch");

    public static LeanMethod GrantLease { get; } = new("/registry.v1.Registration/GrantLease");

    public static LeanMethod RenewLease { get; } = new("/registry.v1.Registration/RenewLease");

    public static LeanMethod RevokeLease { get; } = new("/registry.v1.Registration/RevokeLease");

    public static LeanMethod Register { get; } = new("/registry.v1.Registration/Register");

    public static LeanMethod Update { get; } = new("/registry.v1.Registration/Update");

    public static LeanMethod Deregister { get; } = new("/registry.v1.Registration/Deregister");

    public static LeanMethod RenewLeases { get; } = new("/registry.v1.Registration/RenewLeases");

    public static LeanMethod WithdrawBuilds { get; } = new("/registry.v1.Registration/WithdrawBuilds");

    /// <summary>The fields of a call to it (RFC 7541), literally.</summary>
    public byte[] HeaderBlock { get; }
}

/// <summary>Calls with one answer.</summary>
internal static class LeanCalls
{
    /// <summary>Asks and waits for the answer.</summary>
    public static async ValueTask<T> AskAsync<T>(
        this LeanConnection connection, LeanMethod method, IMessage request, MessageParser<T> parser, CancellationToken cancellationToken)
        where T : IMessage<T>
    {
        var call = connection.Call(method, request, isLast: true);
        await connection.FlushAsync(cancellationToken).ConfigureAwait(false);
        return await connection.AnswerAsync(call, parser, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for the one answer of a call.</summary>
    public static async ValueTask<T> AnswerAsync<T>(
        this LeanConnection connection, LeanStream call, MessageParser<T> parser, CancellationToken cancellationToken)
        where T : IMessage<T>
    {
        while (!call.IsEnded)
            await connection.ReadAsync(cancellationToken).ConfigureAwait(false);
        call.ThrowIfFailed();
        return call.TryTake(parser, out var answer) ? answer : throw new LoadException(FailureKind.WrongAnswer, "OK without an answer");
    }
}
