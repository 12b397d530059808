// Takes orders. Serves shop.v1.OrderService, and asks for prices at whoever serves shop.v1.PriceService.

using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Shop.V1;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.AddSimpleConsole(console => console.SingleLine = true).AddFilter("Microsoft", LogLevel.Warning);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2));
builder.Services.AddGrpc();

// This process is in the registry from when its port is bound until it stops: it drains, deregisters, and only then stops serving.
builder.Services.AddRegistryInstance(instance => instance.Application = "orders");

// One channel for the whole process. It follows the registry: an instance that comes is called, one that drains or goes is not.
builder.Services.AddSingleton(services => GrpcChannel.ForAddress(
    "registry:///interface/shop.v1.PriceService",
    new GrpcChannelOptions { Credentials = ChannelCredentials.Insecure, ServiceProvider = services }));
builder.Services.AddSingleton(services => new PriceService.PriceServiceClient(services.GetRequiredService<GrpcChannel>()));

var app = builder.Build();
app.MapGrpcService<Orders>();
if (app.Urls.Count == 0 && builder.Configuration["urls"] is null)
{
    // Any free port: several instances may run on one machine.
    app.Urls.Add("http://127.0.0.1:0");
}

await app.RunAsync();

internal sealed class Orders(PriceService.PriceServiceClient prices) : OrderService.OrderServiceBase
{
    public override async Task<PlaceResponse> Place(PlaceRequest request, ServerCallContext context)
    {
        var quote = await prices.QuoteAsync(new QuoteRequest { Item = request.Item }, deadline: context.Deadline, cancellationToken: context.CancellationToken);
        return new PlaceResponse
        {
            Total = quote.Price * request.Count,
            TakenBy = $"orders:{context.GetHttpContext().Connection.LocalPort}",
            PricedBy = quote.QuotedBy,
        };
    }
}
