using Grpc.Core;
using Registry.Compat.Tests.Harness;
using Registry.Compat.Tests.Protos;
using Xunit;

namespace Registry.Compat.Tests.Contract;

public sealed class ServiceDefinitionTests
{
    [Fact]
    public void AGeneratedService_BindsItsMethodsInOrder()
    {
        var binder = new NotingBinder();
        Probe.BindService(binder, null!);
        Assert.Equal(["Unary Echo", "ClientStreaming Collect", "ServerStreaming Expand", "DuplexStreaming Chat"], binder.Seen);
    }

    [Fact]
    public void AGeneratedDefinition_HoldsTheService() => Assert.NotNull(Probe.BindService(new ProbeService(new ProbeHandlers())));

    [Fact]
    public void ADefinition_TakesAMethodOnce()
    {
        var method = new Method<string, string>(
            MethodType.Unary, "pkg.Service", "Do", Marshallers.StringMarshaller, Marshallers.StringMarshaller);
        UnaryServerMethod<string, string> handler = (request, _) => Task.FromResult(request);
        var builder = ServerServiceDefinition.CreateBuilder().AddMethod(method, handler);
        Assert.NotNull(builder.Build());
        Assert.Throws<ArgumentException>(() => builder.AddMethod(method, handler));
    }

    [Fact]
    public void ABinder_ThrowsForKindsThatItDoesNotSupport()
    {
        var method = new Method<string, string>(
            MethodType.Unary, "pkg.Service", "Do", Marshallers.StringMarshaller, Marshallers.StringMarshaller);
        var binder = new EmptyBinder();
        Assert.ThrowsAny<Exception>(() => binder.AddMethod(method, (UnaryServerMethod<string, string>?)null));
        Assert.ThrowsAny<Exception>(() => binder.AddMethod(method, (ClientStreamingServerMethod<string, string>?)null));
        Assert.ThrowsAny<Exception>(() => binder.AddMethod(method, (ServerStreamingServerMethod<string, string>?)null));
        Assert.ThrowsAny<Exception>(() => binder.AddMethod(method, (DuplexStreamingServerMethod<string, string>?)null));
    }

    [Fact]
    public async Task AServiceThatIsNotImplemented_SaysSo()
    {
        var service = new EmptyService();
        var error = await Assert.ThrowsAsync<RpcException>(() => service.Echo(new ProbeMessage(), null!));
        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    [Fact]
    public void AClientWithoutAChannel_ThrowsOnEveryCall()
    {
        var client = new DetachedClient();
        Assert.ThrowsAny<Exception>(() => client.Echo(new ProbeMessage()));
        Assert.ThrowsAny<Exception>(() => client.EchoAsync(new ProbeMessage()));
        Assert.ThrowsAny<Exception>(() => client.Collect());
        Assert.ThrowsAny<Exception>(() => client.Expand(new ProbeMessage()));
        Assert.ThrowsAny<Exception>(() => client.Chat());
    }

    [Fact]
    public void TheVersion_IsTheOneThatTheOfficialAssembliesBindTo()
    {
        Assert.Equal(VersionInfo.CurrentAssemblyVersion, typeof(Metadata).Assembly.GetName().Version?.ToString());
        Assert.Equal("D754F35622E28BAD", Convert.ToHexString(typeof(Metadata).Assembly.GetName().GetPublicKeyToken()!));
    }

    private sealed class NotingBinder : ServiceBinderBase
    {
        public List<string> Seen { get; } = [];

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) => Note(method);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) => Note(method);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) => Note(method);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) => Note(method);

        private void Note(IMethod method) => Seen.Add($"{method.Type} {method.Name}");
    }

    private sealed class EmptyBinder : ServiceBinderBase;

    private sealed class EmptyService : Probe.ProbeBase;

    private sealed class DetachedClient : Probe.ProbeClient;
}
