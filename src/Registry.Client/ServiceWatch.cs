using System.Runtime.CompilerServices;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Registry.Client.Connecting;
using Registry.Client.Resolving;
using Registry.Client.Watching;

namespace Registry.Client;

/// <summary>
/// One holder's interest in a topic: as long as one is not disposed, the topic is kept up to date. All watches of one topic in a process
/// share one subscription. Safe for concurrent use.
/// </summary>
public sealed partial class ServiceWatch : IDisposable
{
    private readonly LocalView _view;
    private readonly FollowedTopic _topic;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<ServiceWatch> _left;
#pragma warning disable CA2213 // Cancelled, and not disposed: readers may be about to link to it. Without a timer it holds nothing.
    private readonly CancellationTokenSource _disposed = new();
#pragma warning restore CA2213
    private int _isDisposed;

    internal ServiceWatch(LocalView view, TopicName topic, TimeSpan patience, TimeProvider time, ILogger logger, Action<ServiceWatch> left)
    {
        _view = view;
        _patience = patience;
        _time = time;
        _logger = logger;
        _left = left;
        _topic = view.Follow(topic);
    }

    /// <summary>What is watched.</summary>
    public TopicName Topic => _topic.Topic;

    /// <summary>What is known now; null: nothing yet. Takes no lock.</summary>
    public ServiceView? Current => _topic.Latest.View;

    /// <summary>
    /// The first view that a server has confirmed; at once if there is one. If no server answers, the one that was kept on disk, marked stale.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RegistryUnavailableException">
    /// No server has answered within <see cref="RegistryClientOptions.CallTimeout"/>, and none has been kept.
    /// </exception>
    /// <exception cref="RegistryException">The server refuses the topic.</exception>
    /// <exception cref="ObjectDisposedException">This is disposed, and nothing is known.</exception>
    public async ValueTask<ServiceView> FirstAsync(CancellationToken cancellationToken = default)
    {
        if (_topic.Latest.View is { IsStale: false } ready)
        {
            return ready;
        }

        using var patience = new CancellationTokenSource(_patience, _time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken, _disposed.Token);
        while (true)
        {
            var latest = _topic.Latest;
            if (latest.View is { IsStale: false } view)
            {
                return view;
            }

            var fault = latest.Fault ?? _view.Outage;
            if (fault is not null && latest.View is { } stale)
            {
                return stale;
            }

            if (fault is { IsTransient: false })
            {
                throw RegistryException.From($"{Topic} can't be watched", fault);
            }

            try
            {
                await latest.Replaced.WaitAsync(ending.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested && _topic.Latest.View is null, this);
                return _topic.Latest.View ?? throw RegistryException.From(
                    $"nothing is known of {Topic}",
                    fault ?? new RegistryFault(StatusCode.DeadlineExceeded, "", "", $"no server has answered within {_patience.TotalSeconds:0.###} s"));
            }
        }
    }

    /// <summary>
    /// Every view from the present one on, until cancelled or disposed. Who is slow gets the newest and not each in between.
    /// </summary>
    /// <param name="cancellationToken">Ends it without an exception.</param>
    public async IAsyncEnumerable<ServiceView> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed.Token);
        ServiceView? last = null;
        while (!ending.IsCancellationRequested)
        {
            var latest = _topic.Latest;
            if (latest.View is { } view && !ReferenceEquals(view, last))
            {
                last = view;
                yield return view;
            }

            await latest.Replaced.WaitAsync(ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Calls back with every view from the present one on, one after the other, on a thread of the pool, until this is disposed. A callback
    /// that takes long misses views in between and delays nobody else; one that throws is logged and called again with the next.
    /// </summary>
    /// <param name="changed">Is called; it may dispose this.</param>
    public void OnChange(Action<ServiceView> changed)
    {
        ArgumentNullException.ThrowIfNull(changed);
        _ = Task.Run(async () =>
        {
            await foreach (var view in ReadAllAsync().ConfigureAwait(false))
            {
                try
                {
                    changed(view);
                }
#pragma warning disable CA1031 // Whatever it is, it is the callback's own affair.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    LogThrew(_logger, Topic, exception);
                }
            }
        });
    }

    /// <summary>Ends the interest. The last to leave lets the topic go after <see cref="RegistryClientOptions.IdleTimeToLive"/>.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _view.Leave(_topic);
            _left(this);

            // Who reads is woken on threads of the pool: what a reader does after its last view is not this thread's to wait for.
            _ = _disposed.CancelAsync();
        }
    }

    [LoggerMessage(30, LogLevel.Error, "a callback for {Topic} threw")]
    private static partial void LogThrew(ILogger logger, TopicName topic, Exception exception);
}
