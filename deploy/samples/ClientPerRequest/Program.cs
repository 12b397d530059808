// Opens a new client and a new channel for every request, on purpose: the pattern under which a well-known registry client died with
// "concurrent map writes". Nobody should do so; but many do without knowing it, and it has to hold.
//
//     dotnet run --project deploy/samples/ClientPerRequest -- [requests, default 10000] [at once, default 50]

using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Microsoft.Extensions.DependencyInjection;
using Registry.Client;
using Registry.Client.Channels;
using Shop.V1;

var (requests, atOnce) = (Number(0, 10_000), Number(1, 50));
if (requests < 1 || atOnce < 1)
{
    Console.Error.WriteLine("usage: ClientPerRequest [requests, 1 or more] [at once, 1 or more]");
    return 2;
}

Console.WriteLine($"{requests} requests, {atOnce} at once, each with a client and a channel of its own");
var (begun, succeeded) = (0, 0);
var failures = new List<string>();
var start = Stopwatch.GetTimestamp();
await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
{
    while (Interlocked.Increment(ref begun) <= requests)
    {
        try
        {
            await RequestAsync();
            Interlocked.Increment(ref succeeded);
        }
        catch (Exception failure) when (failure is RpcException or RegistryException)
        {
            lock (failures)
            {
                failures.Add(failure.Message);
            }
        }
    }
}));
var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture, $"{succeeded} succeeded, {failures.Count} failed, in {seconds:0.0} s ({succeeded / seconds:0} per second)"));
foreach (var kind in failures.CountBy(message => message).OrderByDescending(kind => kind.Value).Take(3))
{
    Console.WriteLine($"  {kind.Value} x {kind.Key}");
}

return failures.Count == 0 ? 0 : 1;

static async Task RequestAsync()
{
    // All of this for one call. What can be shared is shared below: the connection to the registry, the stream, the subscription.
    await using var client = new RegistryClient(Options());
    await using var services = new ServiceCollection()
        .AddSingleton<ResolverFactory>(new RegistryResolverFactory(client))
        .AddSingleton<LoadBalancerFactory>(new RegistryBalancerFactory(client))
        .BuildServiceProvider();
    using var channel = GrpcChannel.ForAddress(
        "registry:///interface/shop.v1.PriceService",
        new GrpcChannelOptions { Credentials = ChannelCredentials.Insecure, ServiceProvider = services, DisposeHttpClient = true });
    await new PriceService.PriceServiceClient(channel).QuoteAsync(
        new QuoteRequest { Item = "teapot" }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(10));
}

static RegistryClientOptions Options()
{
    var options = new RegistryClientOptions();
    if (Environment.GetEnvironmentVariable("Registry__Client__Addresses__0") is { Length: > 0 } address)
    {
        options.Addresses.Add(address);
    }

    return options;
}

int Number(int index, int otherwise) => args.Length <= index ? otherwise
    : int.TryParse(args[index], CultureInfo.InvariantCulture, out var number) ? number
    : 0;
