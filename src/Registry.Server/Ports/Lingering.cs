using Microsoft.AspNetCore.Connections;

namespace Registry.Server.Ports;

/// <summary>The end of a connection that was refused.</summary>
internal static class Lingering
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Sends the last words and reads on, into nothing, until the client hangs up or a short time is over. Closing at once
    /// would do worse than it looks: bytes that arrive at a closed socket make the kernel answer with a reset, and a reset
    /// discards what the client has not read yet, which is the very hint.
    /// </summary>
    public static async Task SendAndLingerAsync(this ConnectionContext connection, ReadOnlyMemory<byte> lastWords, TimeProvider time)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        try
        {
            if ((await output.WriteAsync(lastWords, deadline.Token)).IsCompleted)
                return;

            while (true)
            {
                var read = await input.ReadAsync(deadline.Token);
                input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled)
                    return;
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            // The client stays or is gone: either way the connection ends here.
        }
    }
}
