using Grpc.Core;
using Registry.Client.Connecting;
using Registry.TestKit.Threads;
using Registry.TestKit.Time;

namespace Registry.Client.Tests.Connecting;

public sealed class ServerPoolTests
{
    private readonly DrivenClock _time = new();

    [Fact]
    public void ServerThatFails_IsLeftForTheNext_AndTheRingGoesRound()
    {
        using var pool = Pool(3);
        var seen = new List<PooledServer>();
        for (var i = 0; i < 3; i++)
        {
            var server = pool.Begin();
            seen.Add(server);
            pool.Failed(server, Fault(StatusCode.Unavailable));
        }

        Assert.Equal(3, seen.Distinct().Count());
        Assert.Same(seen[0], pool.Current);
    }

    [Theory]
    [InlineData(StatusCode.ResourceExhausted)]
    [InlineData(StatusCode.Aborted)]
    public void FaultThatAnotherServerWouldHaveToo_IsNoReasonToLeave(StatusCode code)
    {
        using var pool = Pool(3);
        var server = pool.Begin();
        pool.Failed(server, Fault(code));
        Assert.Same(server, pool.Current);
    }

    [Fact]
    public void ServerThatAsksNotToBeAsked_IsPassedOver_UntilItsTimeHasCome()
    {
        using var pool = Pool(3);
        var (first, wait) = (pool.Begin(), TimeSpan.FromSeconds(10));
        pool.Failed(first, Fault(StatusCode.Unavailable, wait));
        var second = pool.Begin();
        pool.Failed(second, Fault(StatusCode.Unavailable));
        var third = pool.Begin();
        pool.Failed(third, Fault(StatusCode.Unavailable));
        Assert.Same(second, pool.Current);
        _time.Advance(wait);
        pool.Failed(pool.Begin(), Fault(StatusCode.Unavailable));
        pool.Failed(pool.Begin(), Fault(StatusCode.Unavailable));
        Assert.Same(first, pool.Current);
    }

    [Fact]
    public void ThreadsThatFailAtOnceOnOneServer_MoveOnByOne_AndEachCounts()
    {
        for (var round = 0; round < 200; round++)
        {
            using var pool = Pool(10);
            var servers = Enumerable.Range(0, 8).Select(_ => pool.Begin()).ToArray();
            StartingGate.Run(servers.Length, i => pool.Failed(servers[i], Fault(StatusCode.Unavailable)));
            var failed = Assert.Single(pool.Statistics, server => server.Attempts > 0);
            Assert.Equal((8, 8, 8), (failed.Attempts, failed.Failures, failed.FailuresInARow));
            var order = pool.Statistics.Select(server => server.Address).ToList();
            var moved = (order.IndexOf(pool.Current.Address) - order.IndexOf(failed.Address) + 10) % 10;
            Assert.Equal(1, moved);
        }
    }

    private static RegistryFault Fault(StatusCode code, TimeSpan? wait = null) => new(code, "", "", "on purpose") { RetryAfter = wait };

    private ServerPool Pool(int servers) => new(
        Enumerable.Range(1, servers).Select(port => ServerAddress.TryParse($"127.0.0.1:{port}", out var address) ? address : throw new InvalidOperationException()),
        address => new RegistryConnection(address),
        _time,
        new Random(1));
}
