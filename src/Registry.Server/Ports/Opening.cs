using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Registry.Server.Ports;

/// <summary>What the first bytes of a connection are.</summary>
internal enum Opening
{
    /// <summary>Nothing that can be judged: the client left, or took too long, or the server is stopping.</summary>
    None,

    /// <summary>The bytes that were asked about.</summary>
    Expected,

    /// <summary>Others. Certain from the first byte that differs.</summary>
    Other,
}

/// <summary>Looks at the first bytes of a connection and leaves them for whoever reads next.</summary>
internal static class ConnectionOpening
{
    /// <summary>
    /// Compares what a client sends first with <paramref name="expected"/>, however small the pieces that it comes in. A client
    /// that has not decided the matter after <paramref name="patience"/> is given up.
    /// </summary>
    public static async ValueTask<Opening> PeekAsync(
        this ConnectionContext connection, ReadOnlyMemory<byte> expected, TimeSpan patience, TimeProvider time)
    {
        var input = connection.Transport.Input;
        try
        {
            // Throws as a read does: the client may have reset the connection by now.
            if (input.TryRead(out var early) && Judge(input, early, expected.Span) is { } atOnce)
                return atOnce;

            // A connection that never says anything must not hold up the end of the server either.
            using var deadline = new CancellationTokenSource(patience, time);
            var closing = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
            using var closed = closing.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), deadline);
            while (true)
            {
                // The token, not CancelPendingRead: a cancellation that comes too late would hit the next reader.
                var read = await input.ReadAsync(deadline.Token);
                if (Judge(input, read, expected.Span) is { } opening)
                    return opening;
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            return Opening.None;
        }
    }

    private static Opening? Judge(PipeReader input, ReadResult read, ReadOnlySpan<byte> expected)
    {
        var buffer = read.Buffer;
        var compared = (int)Math.Min(buffer.Length, expected.Length);
        Span<byte> first = stackalloc byte[compared];
        buffer.Slice(0, compared).CopyTo(first);

        Opening? opening =
            !first.SequenceEqual(expected[..compared]) ? Opening.Other
            : compared == expected.Length ? Opening.Expected
            : read.IsCompleted || read.IsCanceled ? Opening.None
            : null;

        // Undecided: everything was examined, so the next read waits for more. Decided: nothing was, so it does not.
        input.AdvanceTo(buffer.Start, opening is null ? buffer.End : buffer.Start);
        return opening;
    }
}
