using System.Collections.Concurrent;
using Grpc.Core;
using Registry.Crash.Tests.Servers;
using Registry.EndToEnd.Tests;
using Registry.Protocol.V1;
using Registry.TestKit;
using Registry.TestKit.Hosting;

namespace Registry.Crash.Tests.Kills;

/// <summary>A server that is told to end while it is written to.</summary>
public sealed class TerminationTests : CrashTest
{
    private const int Writers = 8;
    private const int Acknowledgements = 200;

    [Fact]
    public async Task TerminatedUnderLoad_EndsInOrder_AndKeepsWhatItAcknowledged()
    {
        var acknowledged = new ConcurrentDictionary<string, long>();
        var sent = new ConcurrentDictionary<string, bool>();
        await using (var server = await StartAsync(CrashServers.OnDisk(Data)))
        {
            using var channel = server.Connect();
            var client = new Registration.RegistrationClient(channel);
            var lease = await GrantAsync(client);
            var load = Enumerable.Range(0, Writers).Select(async writer =>
            {
                try
                {
                    for (var i = 0; ; i++)
                    {
                        var id = $"w{writer}-{i}";
                        sent[id] = true;
                        acknowledged[id] = (await client.RegisterAsync(Declare.Request(lease, Application, id, "x.X"))).Revision;
                    }
                }
                catch (RpcException refusal) when (refusal.StatusCode is StatusCode.Unavailable or StatusCode.Cancelled or StatusCode.Internal)
                {
                    // The server goes away.
                }
            }).ToArray();
            await Within.HoldsAsync("load", $"{Acknowledgements} acknowledgements", () => acknowledged.Count, count => count >= Acknowledgements);
            server.Signal(ProcessSignal.Terminate);
            Assert.Equal(0, await server.ExitAsync());
            await Within.DeadlineAsync(Task.WhenAll(load), "the server's end", "that the load ends");
            Assert.DoesNotContain(server.Errors, line => line.Contains(" fail: ", StringComparison.Ordinal) || line.Contains(" crit: ", StringComparison.Ordinal));
        }

        await StartsWithAsync(CrashServers.OnDisk(Data), acknowledged, sent.Keys);
    }
}
