using System.Text;
using Microsoft.AspNetCore.Connections;

namespace Registry.Server.Ports;

/// <summary>
/// Stands in front of each endpoint and sends away who came to the wrong one, in the language that they speak and with the
/// address that they want. Kestrel alone answers HTTP/1.1 on the gRPC port with a bare 400 and drops HTTP/2 on the HTTP port,
/// which a gRPC client reports as "connection closed". Who is right here passes with one look at bytes that are read anyhow.
/// </summary>
internal sealed class PortGates(ServedAddresses served, TimeProvider time)
{
    // What every HTTP/2 connection begins with, and no HTTP/1.1 request can (RFC 9113, 3.4).
    internal static readonly byte[] Http2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    // A TLS record that carries a handshake.
    private static readonly byte[] TlsHandshake = [0x16];

    /// <summary>How long a client may take over the first bytes of its protocol.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>In front of HTTP/2 on the gRPC port; behind TLS, if there is TLS.</summary>
    public async Task GrpcAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        switch (await connection.PeekAsync(Http2Preface, Patience, time))
        {
            case Opening.Expected:
                await next(connection);
                break;
            case Opening.Other:
                await Http1Refusal.AnswerAsync(connection, GrpcPortHint(connection), time);
                break;
        }
    }

    /// <summary>In front of HTTP/1.1 on the HTTP port.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="next">HTTP/1.1.</param>
    /// <param name="idle">
    /// How long a connection may wait before its first request: the limit that Kestrel has for the time between two.
    /// </param>
    public async Task HttpAsync(ConnectionContext connection, ConnectionDelegate next, TimeSpan idle)
    {
        switch (await connection.PeekAsync(Http2Preface.AsMemory(0, 3), idle, time))
        {
            case Opening.Expected:
                await Http2Refusal.AnswerAsync(connection, HttpPortHint(connection), time);
                break;
            case Opening.Other:
                await next(connection);
                break;
        }
    }

    /// <summary>In front of TLS on the gRPC port: who speaks cleartext there is told so.</summary>
    public async Task TlsAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        switch (await connection.PeekAsync(TlsHandshake, Patience, time))
        {
            case Opening.Expected:
                await next(connection);
                break;
            case Opening.Other when await connection.PeekAsync(Http2Preface, Patience, time) == Opening.Expected:
                await Http2Refusal.AnswerAsync(connection, $"This port speaks TLS: connect to {served.Grpc.SeenFrom(connection)}.", time);
                break;
            case Opening.Other:
                await Http1Refusal.AnswerAsync(connection, GrpcPortHint(connection), time);
                break;
        }
    }

    internal static byte[] Text(string hint) => Encoding.ASCII.GetBytes(hint);

    private string GrpcPortHint(ConnectionContext connection) =>
        $"This is the gRPC port: {served.Grpc.SeenFrom(connection)}, HTTP/2 only. HTTP is at {served.Http.SeenFrom(connection)}.";

    private string HttpPortHint(ConnectionContext connection) =>
        $"This is the HTTP port. gRPC is at {served.Grpc.SeenFrom(connection)}.";
}
