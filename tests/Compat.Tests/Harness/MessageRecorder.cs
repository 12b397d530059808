using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Registry.Compat.Tests.Harness;

/// <summary>Notes the bytes of calls as they are on the wire, where compression shows.</summary>
internal sealed class MessageRecorder
{
    private readonly ConcurrentQueue<RecordedCall> _calls = new();

    public IReadOnlyCollection<RecordedCall> Calls => _calls;

    public async Task RecordAsync(HttpContext context, RequestDelegate next)
    {
        await using var request = new RecordingStream(context.Request.Body);
        await using var response = new RecordingStream(context.Response.Body);
        context.Request.Body = request;
        context.Response.Body = response;
        // A client may see its response before this method goes on, so what is recorded must be within reach by then.
        _calls.Enqueue(new RecordedCall(request, response, context.Request.Headers["grpc-encoding"].ToString(), context.Response.Headers));
        await next(context);
        // The server flushes only its own writer at the end of a request, not the one in front of a body that was replaced.
        await context.Response.BodyWriter.FlushAsync();
    }
}
