using Google.Protobuf;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Wire = Registry.Protocol.V1;

namespace Registry.Server.Discovery;

/// <summary>
/// Binds registry.v1.Discovery by hand. The generated base would build a message object per answer and encode it each time; here the
/// answers to Resolve are bytes that exist already, and Watch writes its frames itself.
/// </summary>
internal sealed class DiscoveryMethods : IServiceMethodProvider<DiscoveryService>
{
    private static readonly string ServiceName = Wire.Discovery.Descriptor.FullName;

    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<DiscoveryService> context)
    {
        AddUnary(context, "Resolve", Wire.ResolveRequest.Parser, EncodedAnswer.Marshaller, static (service, request, _) => service.Resolve(request));
        AddUnary(
            context,
            "ListInterfaces",
            Wire.ListInterfacesRequest.Parser,
            MessageMarshaller<Wire.ListInterfacesResponse>(Wire.ListInterfacesResponse.Parser),
            static (service, request, _) => service.ListInterfaces(request));
        AddUnary(
            context,
            "ListApplications",
            Wire.ListApplicationsRequest.Parser,
            MessageMarshaller<Wire.ListApplicationsResponse>(Wire.ListApplicationsResponse.Parser),
            static (service, request, _) => service.ListApplications(request));
        context.AddDuplexStreamingMethod(
            new Method<Wire.WatchRequest, Wire.WatchResponse>(
                MethodType.DuplexStreaming,
                ServiceName,
                "Watch",
                MessageMarshaller<Wire.WatchRequest>(Wire.WatchRequest.Parser),
                MessageMarshaller<Wire.WatchResponse>(Wire.WatchResponse.Parser)),
            [],
            static (service, requests, _, call) => service.WatchAsync(requests, call));
    }

    private static void AddUnary<TRequest, TResponse>(
        ServiceMethodProviderContext<DiscoveryService> context,
        string name,
        MessageParser<TRequest> parser,
        Marshaller<TResponse> response,
        Func<DiscoveryService, TRequest, ServerCallContext, TResponse> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class =>
        context.AddUnaryMethod(
            new Method<TRequest, TResponse>(MethodType.Unary, ServiceName, name, MessageMarshaller(parser), response),
            [],
            (service, request, call) => Task.FromResult(handler(service, request, call)));

    private static Marshaller<T> MessageMarshaller<T>(MessageParser<T> parser)
        where T : IMessage<T> =>
        Marshallers.Create<T>(
            static (message, context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                message.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));
}
