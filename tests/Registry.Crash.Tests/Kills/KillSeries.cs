using Grpc.Core;
using Registry.Crash.Tests.Auditing;
using Registry.Crash.Tests.Servers;
using Registry.Crash.Tests.Writing;
using Registry.CrashServer.Deaths;
using Registry.Protocol.V1;
using Registry.TestKit;
using Registry.TestKit.Hosting;

namespace Registry.Crash.Tests.Kills;

/// <summary>
/// Many lives of a server on one directory. Each begins with an audit of what the lives before it acknowledged, goes on under load, and is
/// ended by SIGKILL.
/// </summary>
internal sealed class KillSeries
{
    private const int Writers = 8;

    // Real time, for a life that hangs where it should die.
    private static readonly TimeSpan LifePatience = TimeSpan.FromMinutes(1);

    private readonly ServerLaunch _launch;
    private readonly DeathPlan _plan;
    private readonly Random _random;
    private readonly CrashLedger _ledger = new();
    private readonly CrashWriter[] _writers;
    private readonly LifeAudit _audit;

    public KillSeries(ServerLaunch launch, int seed)
    {
        // TTLs and retentions that end within a series belong to the fleeting leases alone. A lease of a second is one within a second of a start.
        _launch = launch
            .Set("Leases:RestartGrace=00:00:00")
            .Set("Leases:ScanInterval=00:00:00.050")
            .Set("Leases:ProtectionShare=1")
            .Set("Limits:BuildRetention=7.00:00:00");
        _random = new Random(seed);
        _plan = new DeathPlan(_random);
        _writers = [.. Enumerable.Range(0, Writers).Select(writer => new CrashWriter(writer, _random.Next()))];
        _audit = new LifeAudit(_writers, _ledger);
    }

    public int Moments { get; private set; }

    /// <summary>How many lives ended at each point.</summary>
    public Dictionary<string, int> AtPoints { get; } = DeathPlan.Points.ToDictionary(point => point, _ => 0);

    public int InDoubt { get; private set; }

    public int Kept => _audit.Kept;

    public long Acknowledged => _ledger.Count;

    public IReadOnlyCollection<string> Violations => _ledger.Violations;

    public IEnumerable<string> NeverReached => AtPoints.Where(point => point.Value == 0).Select(point => point.Key);

    /// <summary>Lives some lives, or fewer if something does not hold; and one more that is only audited.</summary>
    public async Task RunAsync(int crashes)
    {
        for (var life = 0; life < crashes && Violations.Count == 0; life++)
            await LiveAsync(life, _plan.Next());
        if (Violations.Count > 0)
            return;
        await using var last = await RegistryProcess.LaunchAsync(_launch);
        if (Begin(last))
        {
            using var channel = last.Connect();
            await _audit.RunAsync(new Discovery.DiscoveryClient(channel));
        }

        last.Signal(ProcessSignal.Kill);
        await _audit.EndLifeAsync();
    }

    private async Task LiveAsync(int life, Death death)
    {
        var isSent = false;
        await using var server = await RegistryProcess.LaunchAsync(death.Point is { } at ? _launch.DyingAt(at, death.Hit) : _launch);
        if (server.IsServing || !IsDeathAt(server, death))
        {
            if (!Begin(server))
                return;
            isSent = await LoadAsync(server, life, death);
        }

        await server.ExitAsync();
        var isReached = IsDeathAt(server, death);
        if (!isSent && !isReached)
            _ledger.Violated($"life {life} ended by itself: {string.Join(" | ", server.Errors)}");
        if (isReached)
            AtPoints[death.Point!]++;
        else
            Moments++;
        _plan.Learn(death, isReached);
    }

    // False: the server does not start, which is the worst of violations.
    private bool Begin(RegistryProcess server)
    {
        _ledger.BeginLife();
        if (server.IsServing)
            return true;
        _ledger.Violated($"the server does not start: {string.Join(" | ", server.Errors)}");
        return false;
    }

    private static bool IsDeathAt(RegistryProcess server, Death death) =>
        death.Point is not null && server.Errors.Contains(DeathAtPoint.LastWords(death.Point));

    // Returns whether the life was ended from outside.
    private async Task<bool> LoadAsync(RegistryProcess server, int life, Death death)
    {
        using var first = server.Connect();
        using var second = server.Connect();
        using var third = server.Connect();
        var discovery = new Discovery.DiscoveryClient(third);
        try
        {
            await _audit.RunAsync(discovery);
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException)
        {
            // It died while it was audited. What was found is what there was.
            return false;
        }

        var target = _ledger.Count + death.Acknowledgements;
        var load = _writers.Select(writer => writer.RunAsync(new(writer.Number % 2 == 0 ? first : second), _ledger)).ToList();
        load.Add(Bystanders.LetLeasesRunOutAsync(new(second), life));
        load.Add(Bystanders.ReadAsync(discovery, _writers.Length, _ledger));
        await Within.HoldsAsync(
            "load", "enough acknowledgements, or the end", () => _ledger.Count, count => count >= target || server.Exited.IsCompleted, LifePatience);
        var isSent = !server.Exited.IsCompleted;
        if (isSent)
        {
            // Somewhere in what the next acknowledgement is made of.
            Thread.SpinWait(_random.Next(20_000));
            server.Signal(ProcessSignal.Kill);
        }

        await Within.DeadlineAsync(Task.WhenAll(load), "the server's death", "that the load ends");
        InDoubt += _writers.Count(writer => writer.InDoubt is not null);
        await _audit.EndLifeAsync();
        return isSent;
    }
}
