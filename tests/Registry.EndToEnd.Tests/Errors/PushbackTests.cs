using Grpc.Core;
using Registry.Core;
using Registry.Protocol.V1;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.EndToEnd.Tests.Errors;

/// <summary>Refusals that pass by themselves say when another try is worth it; others do not.</summary>
public sealed class PushbackTests
{
    [Theory]
    [InlineData(ErrorKind.ResourceExhausted, ErrorReasons.LogFull, "100")]
    [InlineData(ErrorKind.Unavailable, ErrorReasons.NotReady, "1000")]
    [InlineData(ErrorKind.Unavailable, ErrorReasons.ShuttingDown, "1000")]
    [InlineData(ErrorKind.Unavailable, ErrorReasons.StorageFailed, null)]
    public async Task Refusal_OfTheLog_CarriesItsPushback(ErrorKind kind, string reason, string? pushback)
    {
        await using var host = await RegistryHost.StartAsync(services: services => services.AddRegistryThatRefuses(new RegistryError(kind, reason, "as the test wants it")));
        var registration = new Registration.RegistrationClient(host.CreateChannel());
        var request = new RegisterRequest { Application = "orders", Holder = "files", Instances = { Declare.Instance("a") } };

        var refusal = await Assert.ThrowsAsync<RpcException>(() => registration.RegisterAsync(request).ResponseAsync);

        Assert.Equal(reason, refusal.Trailers.GetValue("registry-reason"));
        Assert.Equal(pushback, refusal.Trailers.GetValue("grpc-retry-pushback-ms"));
    }

    [Fact]
    public async Task BadInput_CarriesNone()
    {
        await using var host = await RegistryHost.StartAsync();
        var registration = new Registration.RegistrationClient(host.CreateChannel());

        var refusal = await Assert.ThrowsAsync<RpcException>(() => registration.RegisterAsync(new RegisterRequest()).ResponseAsync);

        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Null(refusal.Trailers.GetValue("grpc-retry-pushback-ms"));
    }
}
