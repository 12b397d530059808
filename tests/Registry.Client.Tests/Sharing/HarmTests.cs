using Microsoft.Extensions.Logging;
using Registry.Client.Channels;
using Registry.Client.Resolving;
using Registry.TestKit;
using Registry.TestKit.Threads;

namespace Registry.Client.Tests.Sharing;

/// <summary>What one component does wrong, or at a bad moment, stays its own affair.</summary>
public sealed class HarmTests : ClientTest
{
    [Fact]
    public async Task WatchOrRegistration_ThatIsMadeWhileItsClientIsDisposed_StaysWithNobody()
    {
        var keeper = NewClient(options => options.IdleTimeToLive = options.UnknownTimeToLive = TimeSpan.Zero);
        using var kept = keeper.Watch(keeper.Application("billing"));
        for (var round = 0; round < 300; round++)
        {
            var client = new RegistryClient(OptionsOf());
            var closing = Task.CompletedTask;
            StartingGate.Run(3, thread =>
            {
                try
                {
                    switch (thread)
                    {
                        case 0:
                            closing = client.DisposeAsync().AsTask();
                            break;
                        case 1:
                            client.Watch(client.Application("orders"));
                            break;
                        default:
                            client.Register(Instance("orders", round + 1));
                            break;
                    }
                }
                catch (ObjectDisposedException)
                {
                    // Disposed first: so it is to be.
                }
            });
            await closing;
        }

        await Within.BecomesAsync("topics", 1, () => keeper.Shared.View.Count);
        await Within.BecomesAsync("instances", 0, () => keeper.Shared.Lease.Count);
    }

    [Fact]
    public async Task ReaderThatBlocksAfterItsLastView_DoesNotHoldUpTheDisposal()
    {
        var client = NewClient();
        var watch = client.Watch(client.Application("orders"));
        using var gate = new ManualResetEventSlim();
        var reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reader = Task.Run(async () =>
        {
            await foreach (var view in watch.ReadAllAsync())
            {
                reading.TrySetResult();
            }

            gate.Wait();
        });
        await Within.DeadlineAsync(reading.Task, "the reader", "reading");

        // It waits for the next view by now, or will find that there is none.
        await Within.DeadlineAsync(Task.Run(watch.Dispose), "the disposal", "over");

        gate.Set();
        await Within.DeadlineAsync(reader, "the reader", "done");
    }

    [Fact]
    public async Task TopicThatIsNone_IsRefused_AndBreaksNobodysStream()
    {
        var client = NewClient();
        using var watch = client.Watch(client.Application("orders"));
        await watch.FirstAsync();
        Assert.Throws<ArgumentException>(() => client.Watch(default));
        await Assert.ThrowsAsync<ArgumentException>(async () => await client.ResolveAsync(default));
        Assert.Null(client.Find(default));
        Assert.Throws<ArgumentNullException>(() => client.Application(null!));
        Assert.Equal(ServiceStatus.Unknown, (await client.ResolveAsync(client.Application("billing"))).Status);
    }

    [Fact]
    public async Task LoggerThatThrows_EndsNeitherTheViewNorTheLease()
    {
        using var loggers = new ThrowingLoggers();
        await using var client = new RegistryClient(OptionsOf(), loggers);
        var view = await client.ResolveAsync(client.Application("orders"));
        Assert.Equal(ServiceStatus.Unknown, view.Status);
        await Within.DeadlineAsync(client.Register(Instance("orders", 1)).Settled, "the registration", "confirmed");
        Assert.NotEqual(0, loggers.Thrown);
    }

    [Fact]
    public async Task CacheDirectoryThatIsNoPath_IsDoneWithout()
    {
        await using var client = new RegistryClient(OptionsOf(options => options.CacheDirectory = "no\0path"));
        Assert.Equal(ServiceStatus.Unknown, (await client.ResolveAsync(client.Application("orders"))).Status);
    }

    [Fact]
    public async Task OptionsThatAreChangedLater_HaveNoEffect()
    {
        var options = OptionsOf(options => options.Namespace = "");
        await using var client = new RegistryClient(options);
        options.Namespace = "other";
        options.Zone = "elsewhere";
        options.Balancing = BalancingPolicy.PowerOfTwoChoices;
        Assert.Equal(("default", "", BalancingPolicy.WeightedRoundRobin), (client.Namespace, client.Zone, client.Balancing));
        Assert.Equal("", options.Name);
    }

    [Fact]
    public void PlacesThatAreNoAddressesAnyMore_AreForgotten()
    {
        var client = NewClient();
        using var watch = client.Watch(client.Application("orders"));
        var places = new RegistryResolver.Places(watch, "grpc");
        var (stays, leaves) = (places.CallsOf(("10.0.0.1", 1)), places.CallsOf(("10.0.0.1", 2)));
        places.Keep([("10.0.0.1", 1)]);
        Assert.Same(stays, places.CallsOf(("10.0.0.1", 1)));
        Assert.NotSame(leaves, places.CallsOf(("10.0.0.1", 2)));
    }

    private sealed class ThrowingLoggers : ILoggerFactory, ILogger
    {
        private int _thrown;

        public int Thrown => Volatile.Read(ref _thrown);

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Interlocked.Increment(ref _thrown);
            throw new InvalidOperationException("thrown on purpose");
        }

        public void Dispose()
        {
        }
    }
}
