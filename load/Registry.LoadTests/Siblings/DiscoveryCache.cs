using Registry.Client;
using Registry.Client.Resolving;
using Registry.TestKit.Hosting;
using Registry.TestKit.Time;

namespace Registry.LoadTests.Siblings;

/// <summary>
/// The local view of the client library at the job of a lookup cache, against a real server in this process: more names than it has room for,
/// a name that nobody knows asked for again and again, and the end of the time to live.
/// </summary>
internal static class DiscoveryCache
{
    private const int Names = 2_000;
    private const int Room = 100;
    private const int Lookups = 10_000;

    // One for all rounds: what is tried is the client.
    private static readonly Lazy<Task<RegistryHost>> Server = new(() => RegistryHost.StartAsync());

#pragma warning disable VSTHRD002 // A round is a synchronous thing, and nothing here goes back to its thread.
    public static string? Round() => RoundAsync().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002

    private static async Task<string?> RoundAsync()
    {
        var server = await Server.Value;
        var clock = new DrivenClock();
        var options = new RegistryClientOptions { Addresses = { server.GrpcAddress.ToString() }, MaxTopics = Room };
        await using var client = new RegistryClient(options, time: clock);
        var view = client.Shared.View;
        var most = 0;
        for (var i = 0; i < Names; i++)
        {
            client.Watch(client.Application($"name-{i}")).Dispose();
            most = Math.Max(most, view.Count);
        }

        if (most != Room)
            return $"{most} topics where there is room for {Room}";

        var unknown = client.Application("nobody");
        if (await client.ResolveAsync(unknown) is { Status: not ServiceStatus.Unknown } wrong)
            return $"resolved as {wrong}";
        for (var i = 0; i < Lookups; i++)
        {
            if (client.Find(unknown) is not { Status: ServiceStatus.Unknown, IsStale: false })
                return $"an unknown name was asked for anew at lookup {i}";
        }

        clock.Advance(options.IdleTimeToLive * 2);
        return view.Count == 0 ? null : $"{view.Count} topics left after their time";
    }
}
