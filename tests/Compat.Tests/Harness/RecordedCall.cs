using Microsoft.AspNetCore.Http;

namespace Registry.Compat.Tests.Harness;

internal sealed class RecordedCall(RecordingStream request, RecordingStream response, string requestEncoding, IHeaderDictionary headers)
{
    public string RequestEncoding => requestEncoding;

    public string ResponseEncoding => headers["grpc-encoding"].ToString();

    /// <summary>The first message of the request with its prefix: a flag for compression and four bytes of length.</summary>
    public byte[] Request => request.ToArray();

    public byte[] Response => response.ToArray();
}
