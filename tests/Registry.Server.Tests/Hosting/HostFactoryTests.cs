using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Xunit;

namespace Registry.Server.Tests.Hosting;

/// <summary>Program can be started from outside, by the tools that people know.</summary>
public sealed class HostFactoryTests
{
    [Fact]
    public async Task WebApplicationFactory_RunsProgramOverRealSockets()
    {
        await using var factory = new Factory();
        factory.UseKestrel(0);
        factory.StartServer();

        using var http = new HttpClient { BaseAddress = factory.ClientOptions.BaseAddress };
        using var response = await http.GetAsync("/readyz");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task WebApplicationFactory_PassesOptions()
    {
        await using var factory = new Factory();
        factory.UseKestrel(0);
        factory.StartServer();

        var options = (Server.Hosting.ServerOptions)factory.Services.GetService(typeof(Server.Hosting.ServerOptions))!;

        Assert.Equal(7, options.MaxConnections);
    }

    private sealed class Factory : WebApplicationFactory<Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder) =>
            builder.UseSetting("Registry:MaxConnections", "7").UseSetting("Registry:Storage:Mode", "Memory").UseContentRoot(AppContext.BaseDirectory);
    }
}
