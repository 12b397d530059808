using Grpc.Core;
using Registry.Compat.Tests.Protos;

namespace Registry.Compat.Tests.Harness;

/// <summary>What the four methods of the test service do. Each starts as something plain; a test replaces the ones it is about.</summary>
internal sealed class ProbeHandlers
{
    /// <summary>Returns the request.</summary>
    public UnaryServerMethod<ProbeMessage, ProbeMessage> Echo { get; init; } = (request, _) => Task.FromResult(request);

    /// <summary>Joins the texts of the requests.</summary>
    public ClientStreamingServerMethod<ProbeMessage, ProbeMessage> Collect { get; init; } = async (requests, context) =>
    {
        var texts = new List<string>();
        await foreach (var request in requests.ReadAllAsync(context.CancellationToken))
            texts.Add(request.Text);
        return new ProbeMessage { Text = string.Join(' ', texts) };
    };

    /// <summary>Splits the request into words.</summary>
    public ServerStreamingServerMethod<ProbeMessage, ProbeMessage> Expand { get; init; } = async (request, responses, context) =>
    {
        foreach (var word in request.Text.Split(' '))
            await responses.WriteAsync(new ProbeMessage { Text = word }, context.CancellationToken);
    };

    /// <summary>Returns each request as it comes.</summary>
    public DuplexStreamingServerMethod<ProbeMessage, ProbeMessage> Chat { get; init; } = async (requests, responses, context) =>
    {
        await foreach (var request in requests.ReadAllAsync(context.CancellationToken))
            await responses.WriteAsync(request, context.CancellationToken);
    };
}
