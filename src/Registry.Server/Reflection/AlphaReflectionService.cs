using Google.Protobuf;
using Grpc.Core;
using Registry.Protocol.Reflection.V1;

namespace Registry.Server.Reflection;

/// <summary>
/// The same service under its older name, which older tools ask for. The two versions are equal on the wire, so this is v1
/// bound a second time, with v1's messages.
/// </summary>
[BindServiceMethod(typeof(AlphaReflectionService), nameof(Bind))]
internal sealed class AlphaReflectionService(EndpointDataSource endpoints, ProtoCatalog catalog, IHostApplicationLifetime lifetime)
    : ReflectionService(endpoints, catalog, lifetime)
{
    private static readonly Method<ServerReflectionRequest, ServerReflectionResponse> Method = new(
        MethodType.DuplexStreaming,
        Protocol.Reflection.V1Alpha.ServerReflection.Descriptor.FullName,
        nameof(ServerReflectionInfo),
        Marshaller(ServerReflectionRequest.Parser),
        Marshaller(ServerReflectionResponse.Parser));

    /// <summary>
    /// Called by the engine, by way of the attribute. The engine looks for the method on the type of the second parameter, so
    /// that has to be the one that declares it.
    /// </summary>
    public static void Bind(ServiceBinderBase binder, ServerReflection.ServerReflectionBase? service) =>
        binder.AddMethod(Method, service is null ? null : service.ServerReflectionInfo);

    private static Marshaller<T> Marshaller<T>(MessageParser<T> parser)
        where T : class, IMessage<T> => new(
            (message, context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                message.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));
}
