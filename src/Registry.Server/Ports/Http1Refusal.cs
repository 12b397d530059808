using System.Text;
using Microsoft.AspNetCore.Connections;

namespace Registry.Server.Ports;

/// <summary>Answers a client that speaks HTTP/1.1 where HTTP/2 is spoken.</summary>
internal static class Http1Refusal
{
    /// <summary>Sends a complete response with the hint as its text, and waits for the client to hang up.</summary>
    public static async Task AnswerAsync(ConnectionContext connection, string hint, TimeProvider time)
    {
        // 426 and the Upgrade field are what gRPC engines answer too; the status alone tells a program what is wrong.
        var response = $"HTTP/1.1 426 Upgrade Required\r\nUpgrade: HTTP/2.0\r\nConnection: Upgrade, close\r\n"
            + $"Content-Type: text/plain\r\nContent-Length: {hint.Length + 1}\r\n\r\n{hint}\n";
        await connection.SendAndLingerAsync(Encoding.ASCII.GetBytes(response), time);
    }
}
