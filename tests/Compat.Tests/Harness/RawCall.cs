using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Xunit;

namespace Registry.Compat.Tests.Harness;

/// <summary>
/// A unary call made with nothing but an HTTP client, for what a gRPC client would do by itself or would hide.
/// </summary>
internal static class RawCall
{
    public static Task<RawResponse> SendAsync(
        Uri address, string method, IMessage request, params (string Name, string Value)[] headers) =>
        SendAsync(address, method, Frame(request.ToByteArray(), isCompressed: false), headers);

    /// <summary>Sends a message that claims to be compressed.</summary>
    public static Task<RawResponse> SendCompressedAsync(
        Uri address, string method, byte[] message, params (string Name, string Value)[] headers) =>
        SendAsync(address, method, Frame(message, isCompressed: true), headers);

    private static async Task<RawResponse> SendAsync(Uri address, string method, byte[] body, (string Name, string Value)[] headers)
    {
        using var handler = new SocketsHttpHandler();
        using var http = new HttpClient(handler);
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(address, method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        message.Headers.TE.ParseAdd("trailers");
        foreach (var (name, value) in headers)
            message.Headers.TryAddWithoutValidation(name, value);
        using var response = await http.SendAsync(message, TestContext.Current.CancellationToken);
        var received = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        return new RawResponse(Flatten(response.Headers), received, Flatten(response.TrailingHeaders));
    }

    private static byte[] Frame(byte[] message, bool isCompressed)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = isCompressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    private static Dictionary<string, string> Flatten(HttpResponseHeaders headers) =>
        headers.NonValidated.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
}
