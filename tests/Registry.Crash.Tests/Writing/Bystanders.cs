using Grpc.Core;
using Registry.EndToEnd.Tests;
using Registry.Protocol.V1;

namespace Registry.Crash.Tests.Writing;

/// <summary>
/// What goes on beside the writers, until the server dies: leases that nobody renews, and reads of several topics, each of which has to fit
/// together.
/// </summary>
internal static class Bystanders
{
    private const int LeasesPerLife = 4;

    public static async Task LetLeasesRunOutAsync(Registration.RegistrationClient client, int life)
    {
        try
        {
            for (var i = 0; i < LeasesPerLife; i++)
            {
                var lease = (await client.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = 1_000 })).LeaseId;
                await client.RegisterAsync(Declare.Request(lease, WriterNames.Fleeting, $"l{life}-{i}"));
            }
        }
        catch (RpcException)
        {
            // The server is dead.
        }
    }

    public static async Task ReadAsync(Discovery.DiscoveryClient client, int writers, CrashLedger ledger)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                var writer = i % writers;
                var request = new ResolveRequest { Applications = { WriterNames.ApplicationOf(writer) } };
                request.Interfaces.Add(Enumerable.Range(0, WriterNames.BuildsPerWriter).Select(build => WriterNames.OwnInterface(writer, build)));
                var answer = await client.ResolveAsync(request);
                ledger.Seen(answer.Sync.Revision);
                var mapped = answer.Interfaces.SelectMany(topic => topic.Applications).SelectMany(application => application.BuildIds).ToHashSet();
                foreach (var instance in answer.Applications.SelectMany(topic => topic.Instances))
                {
                    if (WriterNames.WriterOf(instance.Id) == writer && instance.BuildId.Length > 0 && !mapped.Contains(instance.BuildId))
                        ledger.Violated($"revision {answer.Sync.Revision}: {instance.Id} runs build {instance.BuildId}, which no interface maps to");
                }
            }
        }
        catch (RpcException)
        {
            // The server is dead.
        }
    }
}
