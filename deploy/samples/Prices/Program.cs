// Knows prices, and is a customer as well: serves shop.v1.PriceService, and places an order each second at the application "orders".

using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Shop.V1;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.AddSimpleConsole(console => console.SingleLine = true).AddFilter("Microsoft", LogLevel.Warning);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2));
builder.Services.AddGrpc();
builder.Services.AddRegistryInstance(instance => instance.Application = "prices");
builder.Services.AddHostedService<Customer>();

var app = builder.Build();
app.MapGrpcService<Prices>();
if (app.Urls.Count == 0 && builder.Configuration["urls"] is null)
{
    app.Urls.Add("http://127.0.0.1:0");
}

await app.RunAsync();

internal sealed class Prices : PriceService.PriceServiceBase
{
    public override Task<QuoteResponse> Quote(QuoteRequest request, ServerCallContext context) => Task.FromResult(new QuoteResponse
    {
        Price = (ulong)(request.Item.Length * 100),
        QuotedBy = $"prices:{context.GetHttpContext().Connection.LocalPort}",
    });
}

internal sealed class Customer(IServiceProvider services, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // By the application's name, where one does not care which of its interfaces is meant.
        using var channel = GrpcChannel.ForAddress(
            "registry:///orders", new GrpcChannelOptions { Credentials = ChannelCredentials.Insecure, ServiceProvider = services });
        var orders = new OrderService.OrderServiceClient(channel);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            do
            {
                await PlaceAsync(orders, leaving.Token);
            }
            while (await second.WaitForNextTickAsync(leaving.Token));
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private static async Task PlaceAsync(OrderService.OrderServiceClient orders, CancellationToken cancellationToken)
    {
        try
        {
            var placed = await orders.PlaceAsync(
                new PlaceRequest { Item = "teapot", Count = 2 },
                deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(5),
                cancellationToken: cancellationToken);
            Console.WriteLine($"2 teapots: {placed.Total / 100.0:0.00}, taken by {placed.TakenBy}, priced by {placed.PricedBy}");
        }
        catch (RpcException failure) when (!cancellationToken.IsCancellationRequested)
        {
            Console.WriteLine($"no order: {failure.Status.Detail}");
        }
    }
}
