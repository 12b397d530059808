using Google.Protobuf;
using Grpc.Core;
using Registry.Protocol.V1;

namespace Registry.Crash.Tests.Writing;

/// <summary>
/// Writes one request after the other until the server dies, and knows what must be there afterwards: what was acknowledged, and, if a
/// request was under way, either that or what stands after it. One task at a time.
/// </summary>
internal sealed class CrashWriter(int number, int seed)
{
    private const int InstanceNumbers = 6;

    // Real time: a server that is dead without its connection knowing it must not keep a writer for ever.
    private static readonly TimeSpan CallPatience = TimeSpan.FromSeconds(20);

    private readonly Random _random = new(seed);
    private ByteString? _lease;
    private int _content;

    public int Number => number;

    /// <summary>What stands for sure, or stood before the write that is in doubt.</summary>
    public KnownState Known { get; private set; } = KnownState.Nothing;

    /// <summary>Sent, and not answered.</summary>
    public Write? InDoubt { get; private set; }

    private bool HasLease => number % 2 == 0;

    /// <summary>Goes on from what stands, after an audit from what was found.</summary>
    public void Adopt(KnownState stands, Write? inDoubt = null) => (Known, InDoubt) = (stands, inDoubt);

    /// <summary>Writes until the server does not answer any more. What the server should not have answered goes to the ledger.</summary>
    public async Task RunAsync(Registration.RegistrationClient client, CrashLedger ledger)
    {
        try
        {
            while (true)
            {
                if (HasLease && (_lease is null || _random.Next(12) == 0))
                    await KeepLeaseAsync(client);
                var write = Next(client);
                InDoubt = write;
                try
                {
                    var (state, revision) = await write.SendAsync(Options());
                    (Known, InDoubt) = (state, null);
                    if (write.Name == "revoke")
                        _lease = null;
                    ledger.Acknowledged($"writer {number}, {write.Name}", revision);
                }
                catch (RpcException refusal) when (refusal.Trailers.GetValue("registry-reason") is { } reason)
                {
                    // A refusal has changed nothing, and the audit holds the server to that. A lease on which nothing hung ends with the process.
                    InDoubt = null;
                    _lease = null;
                    if (reason != "LEASE_UNKNOWN")
                        ledger.Violated($"writer {number}: {write.Name} is refused: {reason} {refusal.Status.Detail}");
                    if (reason is "STORAGE_FAILED" or "SHUTTING_DOWN")
                        return;
                }
            }
        }
        catch (RpcException)
        {
            // The server is dead.
        }
    }

    private static CallOptions Options() => new(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + CallPatience);

    private async Task KeepLeaseAsync(Registration.RegistrationClient client)
    {
        try
        {
            if (_lease is not null)
                await client.RenewLeaseAsync(new RenewLeaseRequest { LeaseId = _lease }, Options());
        }
        catch (RpcException gone) when (gone.StatusCode == StatusCode.NotFound)
        {
            _lease = null;
        }

        _lease ??= (await client.GrantLeaseAsync(new GrantLeaseRequest { TtlMillis = 3_600_000 }, Options())).LeaseId;
    }

    private Write Next(Registration.RegistrationClient client)
    {
        _content++;
        string[] there = [.. Known.Instances.Keys];
        _random.Shuffle(there);
        var some = there[..Math.Min(there.Length, 1 + _random.Next(3))];
        var build = _random.Next(-1, WriterNames.BuildsPerWriter);
        switch (_random.Next(20))
        {
            case < 5 when some.Length > 0:
                return Write.Update(client, number, Known, some, _content);
            case < 7 when some.Length > 0:
                return Write.Deregister(client, number, Known, some);
            case 7 when HasLease && some.Length > 0 && _random.Next(3) == 0:
                return Write.Revoke(client, Known, _lease!);
            case < 10 when Unused() is { } unused:
                return Write.WithdrawBuild(client, number, Known, unused);
            case < 12 when build >= 0 && !Known.Builds.Contains(WriterNames.BuildId(number, build)):
                return Write.DeclareBuild(client, number, Known, build);
            default:
                var numbers = Enumerable.Range(0, InstanceNumbers).ToArray();
                _random.Shuffle(numbers);
                return Write.Register(client, number, Known, HasLease ? _lease : null, numbers[..(1 + _random.Next(4))], build, _content);
        }
    }

    private string? Unused() =>
        Known.Builds.FirstOrDefault(build => Known.Instances.Values.All(instance => instance.BuildId != build));
}
