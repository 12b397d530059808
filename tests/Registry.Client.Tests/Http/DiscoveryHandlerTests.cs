using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Registry.Client.Http;
using Registry.Client.Tests.Fakes;
using Registry.Client.Watching;
using Registry.TestKit;

namespace Registry.Client.Tests.Http;

/// <summary><c>http://orders/...</c> through IHttpClientFactory, against services that really answer.</summary>
public sealed class DiscoveryHandlerTests : ClientTest
{
    [Fact]
    public async Task NameInPlaceOfAHost_IsSentToItsInstances_AndFollowsThem()
    {
        await using var services = Services();
        await using var a = await Backend.StartAsync();
        await using var b = await Backend.StartAsync();
        var provider = NewClient();
        var first = provider.Register(a.Registration());
        await first.Settled;
        var http = services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");
        Assert.Equal($"{a.HttpPort}", await http.GetStringAsync("http://orders/who"));
        await provider.Register(b.Registration()).Settled;
        await first.DisposeAsync();
        await Within.BecomesAsync("who answers", $"{b.HttpPort}", () => http.GetStringAsync("http://orders/who"));
    }

    [Fact]
    public async Task Answer_BelongsToTheRequestAsItWasMade()
    {
        await using var services = Services();
        await using var a = await Backend.StartAsync();
        await NewClient().Register(a.Registration()).Settled;
        var http = services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");
        http.BaseAddress = new Uri("http://orders/");
        var answer = await http.PostAsync("echo", new StringContent("ähem"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("ähem", await answer.Content.ReadAsStringAsync());
        Assert.Equal("http://orders/echo", answer.RequestMessage!.RequestUri!.ToString());
    }

    [Fact]
    public async Task InstanceThatCanNotBeReached_IsPassedOver_BecauseNothingWasSent()
    {
        await using var services = Services();
        await using var a = await Backend.StartAsync();
        var provider = NewClient();
        await provider.Register(a.Registration()).Settled;
        await provider.Register(Instance("orders", 1)).Settled;
        var http = services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");
        for (var i = 0; i < 20; i++)
        {
            var answer = await http.PostAsync("http://orders/echo", new StringContent($"{i}"));
            Assert.Equal($"{i}", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task NamesThatNobodyServes_HoldNoRoom_AndAFullViewIsNotRemembered()
    {
        await using var a = await Backend.StartAsync();
        var client = NewClient(options => options.MaxTopics = 2);
        await client.Register(a.Registration()).Settled;
        using var http = new HttpClient(new RegistryDiscoveryHandler(client) { InnerHandler = new SocketsHttpHandler() });
        for (var i = 0; i < 5; i++)
        {
            await Assert.ThrowsAsync<RegistryUnavailableException>(() => http.GetStringAsync($"http://wrong{i}/who"));
        }

        using (client.Watch(client.Application("billing")))
        using (client.Watch(client.Application("stock")))
        {
            Assert.Equal("LIMIT_TOPICS", (await Assert.ThrowsAsync<RegistryException>(() => http.GetStringAsync("http://orders/who"))).Reason);
        }

        Assert.Equal($"{a.HttpPort}", await http.GetStringAsync("http://orders/who"));
    }

    [Fact]
    public async Task NameThatNobodyServes_SaysSo()
    {
        await using var services = Services();
        var http = services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");
        var failure = await Assert.ThrowsAsync<RegistryUnavailableException>(() => http.GetStringAsync("http://orders/who"));
        Assert.Contains("no call can go to application orders: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("nobody declares it", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HostsThatAreNoNames_PassAsTheyAre()
    {
        await using var services = Services();
        await using var a = await Backend.StartAsync();
        var http = services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");
        Assert.Equal($"{a.HttpPort}", await http.GetStringAsync($"http://127.0.0.1:{a.HttpPort}/who"));
        Assert.Equal($"{a.HttpPort}", await http.GetStringAsync($"http://localhost:{a.HttpPort}/who"));
        Assert.Equal(0, await StatusAsync("watches.streams"));
    }

    [Fact]
    public async Task RuleOfOnesOwn_NamesInterfaces()
    {
        await using var services = Services(http => http.AddRegistryDiscovery(uri => TopicName.Interface("", Backend.Interface)));
        await using var a = await Backend.StartAsync();
        await NewClient().Register(a.Registration("whatever")).Settled;
        var http = services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");
        Assert.Equal($"{a.HttpPort}", await http.GetStringAsync("https+http://discovery/who"));
    }

    private ServiceProvider Services(Func<IHttpClientBuilder, IHttpClientBuilder>? discovery = null) =>
        NewServices(add: services => (discovery ?? (http => http.AddRegistryDiscovery()))(services.AddHttpClient("shop")));
}
