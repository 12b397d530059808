using Grpc.AspNetCore.Server;
using Grpc.Core;
using Registry.Protocol.Reflection.V1;
using Request = Registry.Protocol.Reflection.V1.ServerReflectionRequest;
using Response = Registry.Protocol.Reflection.V1.ServerReflectionResponse;

namespace Registry.Server.Reflection;

/// <summary>
/// <c>grpc.reflection.v1.ServerReflection</c>: tells a client that has no protos what this server serves. The services are those
/// that are really mapped; what is asked and not there is answered with an error and does not end the stream.
/// </summary>
internal class ReflectionService(EndpointDataSource endpoints, ProtoCatalog catalog, IHostApplicationLifetime lifetime)
    : ServerReflection.ServerReflectionBase
{
    /// <inheritdoc/>
    public override async Task ServerReflectionInfo(
        IAsyncStreamReader<Request> requestStream, IServerStreamWriter<Response> responseStream, ServerCallContext context)
    {
        // A client that keeps its stream open must not keep the server from stopping.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            while (await requestStream.MoveNext(ending.Token))
                await responseStream.WriteAsync(Answer(requestStream.Current), ending.Token);
        }
        catch (Exception) when (lifetime.ApplicationStopping.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new(StatusCode.Unavailable, "the server is shutting down"));
        }
    }

    private Response Answer(Request request)
    {
        var response = new Response { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case Request.MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = new() { Service = { ServedServices() } };
                break;
            case Request.MessageRequestOneofCase.FileByFilename:
                Files(response, catalog.FileByName(request.FileByFilename), $"no file {request.FileByFilename}");
                break;
            case Request.MessageRequestOneofCase.FileContainingSymbol:
                Files(response, catalog.FileBySymbol(request.FileContainingSymbol), $"no symbol {request.FileContainingSymbol}");
                break;
            case Request.MessageRequestOneofCase.FileContainingExtension:
                var (type, number) = (request.FileContainingExtension.ContainingType, request.FileContainingExtension.ExtensionNumber);
                Files(response, catalog.FileByExtension(type, number), $"no extension {number} of {type}");
                break;
            case Request.MessageRequestOneofCase.AllExtensionNumbersOfType:
                var name = request.AllExtensionNumbersOfType;
                if (catalog.ExtensionNumbers(name) is { } numbers)
                    response.AllExtensionNumbersResponse = new() { BaseTypeName = name, ExtensionNumber = { numbers } };
                else
                    Error(response, StatusCode.NotFound, $"no message {name}");
                break;
            default:
                Error(response, StatusCode.InvalidArgument, "no query, or one that is unknown here");
                break;
        }

        return response;
    }

    private IEnumerable<ServiceResponse> ServedServices() =>
        endpoints.Endpoints
            .Select(endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.ServiceName)
            .OfType<string>()
            .Distinct()
            .Order(StringComparer.Ordinal)
            .Select(name => new ServiceResponse { Name = name });

    private static void Files(Response response, IReadOnlyList<Google.Protobuf.ByteString>? files, string otherwise)
    {
        if (files is null)
            Error(response, StatusCode.NotFound, otherwise);
        else
            response.FileDescriptorResponse = new() { FileDescriptorProto = { files } };
    }

    private static void Error(Response response, StatusCode code, string message) =>
        response.ErrorResponse = new() { ErrorCode = (int)code, ErrorMessage = message };
}
