using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Registry.Protocol.Reflection.V1;
using Registry.TestKit;
using Registry.TestKit.Hosting;
using Xunit;
using Alpha = Registry.Protocol.Reflection.V1Alpha;

namespace Registry.Server.Tests.Reflection;

/// <summary>A client without protos can learn everything that is served, in both versions of the protocol.</summary>
public sealed class ReflectionTests
{
    [Fact]
    public async Task EveryListedService_CanBeResolvedWithAllItsImports()
    {
        await using var host = await RegistryHost.StartAsync();
        using var call = new ServerReflection.ServerReflectionClient(host.CreateChannel()).ServerReflectionInfo();

        var served = await AskAsync(call, new() { ListServices = "*" });

        var list = served.ListServicesResponse.Service.Select(service => service.Name).ToList();

        Assert.Equal(list.Order(StringComparer.Ordinal), list);
        Assert.Contains("grpc.health.v1.Health", list);
        Assert.Contains("grpc.reflection.v1.ServerReflection", list);
        Assert.Contains("grpc.reflection.v1alpha.ServerReflection", list);
        Assert.Contains("registry.v1.Operations", list);
        foreach (var service in list)
        {
            var answer = await AskAsync(call, new() { FileContainingSymbol = service });
            var files = answer.FileDescriptorResponse.FileDescriptorProto.Reverse().ToList();

            // Builds only if every import is there.
            var built = FileDescriptor.BuildFromByteStrings(files);
            Assert.Contains(built.SelectMany(file => file.Services), each => each.FullName == service);
        }
    }

    [Fact]
    public async Task RegistryProtos_AreThereWithTheFilesThatTheyImport()
    {
        await using var host = await RegistryHost.StartAsync();
        using var call = new ServerReflection.ServerReflectionClient(host.CreateChannel()).ServerReflectionInfo();

        var answer = await AskAsync(call, new() { FileByFilename = "registry/v1/registration.proto" });

        var names = answer.FileDescriptorResponse.FileDescriptorProto.Select(file => FileDescriptorProto.Parser.ParseFrom(file).Name);
        Assert.Equal(["registry/v1/registration.proto", "registry/v1/model.proto"], names);
    }

    [Fact]
    public async Task WhatIsNotThere_IsAnErrorInTheAnswerAndTheStreamGoesOn()
    {
        await using var host = await RegistryHost.StartAsync();
        using var call = new ServerReflection.ServerReflectionClient(host.CreateChannel()).ServerReflectionInfo();
        ServerReflectionRequest[] requests =
        [
            new() { FileByFilename = "nope.proto" },
            new() { FileContainingSymbol = "nope.Nope" },
            new() { FileContainingExtension = new() { ContainingType = "registry.v1.Instance", ExtensionNumber = 1 } },
            new() { AllExtensionNumbersOfType = "nope.Nope" },
        ];
        foreach (var request in requests)
        {
            request.Host = "registry.example";
            var answer = await AskAsync(call, request);
            Assert.Equal((int)StatusCode.NotFound, answer.ErrorResponse.ErrorCode);
            Assert.Equal(request, answer.OriginalRequest);
            Assert.Equal("registry.example", answer.ValidHost);
        }

        Assert.Equal((int)StatusCode.InvalidArgument, (await AskAsync(call, new())).ErrorResponse.ErrorCode);

        // A message without extensions has none, which is no error.
        var none = await AskAsync(call, new() { AllExtensionNumbersOfType = "registry.v1.Instance" });
        Assert.Equal("registry.v1.Instance", none.AllExtensionNumbersResponse.BaseTypeName);
        Assert.Empty(none.AllExtensionNumbersResponse.ExtensionNumber);
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(default));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task OlderVersion_AnswersTheSame()
    {
        await using var host = await RegistryHost.StartAsync();
        using var newer = new ServerReflection.ServerReflectionClient(host.CreateChannel()).ServerReflectionInfo();
        using var older = new Alpha.ServerReflection.ServerReflectionClient(host.CreateChannel()).ServerReflectionInfo();
        ServerReflectionRequest[] requests =
        [
            new() { ListServices = "" },
            new() { FileContainingSymbol = "registry.v1.Discovery" },
            new() { AllExtensionNumbersOfType = "registry.v1.Instance" },
            new() { FileByFilename = "nope.proto" },
        ];
        foreach (var request in requests)
        {
            var expected = await AskAsync(newer, request);
            await older.RequestStream.WriteAsync(Alpha.ServerReflectionRequest.Parser.ParseFrom(request.ToByteString()));
            Assert.True(await older.ResponseStream.MoveNext(default));
            Assert.Equal(expected.ToByteString(), older.ResponseStream.Current.ToByteString());
        }
    }

    [Fact]
    public async Task OpenStream_DoesNotKeepTheServerFromStopping()
    {
        await using var host = await RegistryHost.StartAsync();
        using var call = new ServerReflection.ServerReflectionClient(host.CreateChannel()).ServerReflectionInfo();
        await AskAsync(call, new() { ListServices = "" });
        var next = call.ResponseStream.MoveNext(default);

        await Within.DeadlineAsync(host.StopAsync(), "shutdown with a reflection stream", "the end of the host");

        var error = await Assert.ThrowsAsync<RpcException>(() => Within.DeadlineAsync(next, "shutdown", "the end of the stream"));
        // The server answers UNAVAILABLE. A client of .NET that is slow to read it, with its own half of the stream still open,
        // reports the end of the connection instead.
        var cutOff = error.Status.Detail.Contains("NO_ERROR", StringComparison.Ordinal);
        Assert.True(error.StatusCode == StatusCode.Unavailable || cutOff, error.ToString());
        Assert.Empty(host.Logs.Alarming);
    }

    private static async Task<ServerReflectionResponse> AskAsync(
        AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> call, ServerReflectionRequest request)
    {
        await call.RequestStream.WriteAsync(request);
        Assert.True(await Within.DeadlineAsync(call.ResponseStream.MoveNext(default), $"{request}", "an answer"));
        return call.ResponseStream.Current;
    }
}
