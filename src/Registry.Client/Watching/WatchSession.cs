using System.Runtime.CompilerServices;
using Grpc.Core;
using Registry.Client.Retrying;
using Registry.Protocol.V1;

namespace Registry.Client.Watching;

/// <summary>
/// Follows topics over one stream at a time, and over as many streams as it takes.
/// </summary>
/// <remarks>
/// <para>
/// A stream that breaks, falls silent or breaks a promise is followed by another one, which goes on from the last Sync;
/// the view stays as it was meanwhile. Three cases start without a token: the server has not reached the token's revision
/// (OUT_OF_RANGE), the stream broke a promise of the protocol, and the very first stream.
/// </para>
/// <para>
/// Messages are read no faster than the reader of the events takes them: a slow reader slows the stream down, and the
/// server merges what such a stream misses.
/// </para>
/// </remarks>
internal sealed class WatchSession
{
    private readonly Discovery.DiscoveryClient _client;
    private readonly WatchOptions _options;
    private readonly TimeProvider _time;
    private readonly DecorrelatedBackoff _backoff;
    private readonly ViewBuilder _builder = new();

    // By subscription id: those that the server has not ended.
    private readonly SortedDictionary<ulong, TopicName> _subscriptions = [];

    public WatchSession(
        Discovery.DiscoveryClient client, IEnumerable<TopicName> topics, WatchOptions options, TimeProvider time, Random random)
    {
        _client = client;
        _options = options;
        _time = time;
        _backoff = new DecorrelatedBackoff(options.ShortestRetry, options.LongestRetry, random);
        foreach (var topic in topics.Distinct())
        {
            _subscriptions.Add((ulong)_subscriptions.Count + 1, topic);
        }
    }

    /// <summary>What is known now.</summary>
    public RegistryView View => _builder.View;

    /// <summary>
    /// Watches until cancelled, then ends without an exception. To be enumerated once.
    /// </summary>
    /// <exception cref="RpcException">The server refuses the watch and would refuse it again.</exception>
    public async IAsyncEnumerable<WatchEvent> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var resume = true;
        while (!cancellationToken.IsCancellationRequested)
        {
            var open = _builder.Begin(_subscriptions, resume);
            open.Client = _options.Client;
            var resuming = open.Token is not null;
            var synced = false;

            StreamEnd? end = null;
            using (var stream = new WatchStream(_client, _options.SignOfLife, _time, cancellationToken))
            {
                end = await stream.OpenAsync(open).ConfigureAwait(false);
                while (end is null)
                {
                    (var batch, end) = await stream.NextAsync(_builder).ConfigureAwait(false);
                    if (batch is null)
                    {
                        continue;
                    }

                    if (!synced)
                    {
                        synced = true;
                        _backoff.Reset();
                        yield return new WatchEvent.Connected(batch.Revision, resuming);
                    }

                    foreach (var cause in batch.Ended)
                    {
                        if (_subscriptions.Remove(cause.Id, out var topic))
                        {
                            yield return new WatchEvent.Ended(topic, cause);
                        }
                    }

                    if (batch.Changed.Length > 0)
                    {
                        yield return new WatchEvent.Changed(batch.Previous, batch.View, batch.Changed);
                    }
                }
            }

            if (cancellationToken.IsCancellationRequested)
            {
                yield break;
            }

            resume = !end.StartAnew;
            var wait = _backoff.Next();
            yield return new WatchEvent.Interrupted(end.Fault, wait);
            await Task.Delay(wait, _time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
