using Registry.Client.Connecting;
using Registry.Client.Watching;

namespace Registry.Client.Resolving;

/// <summary>
/// One topic of the local view: what is known of it, who waits for more, and how long it may still be wanted. Reading takes no lock.
/// </summary>
internal sealed class FollowedTopic(TopicName topic)
{
    // Guards the order of publications: what _latest holds is replaced under it, so that a view that was worked out earlier never replaces a
    // later one. Readers take _latest without it. Taken after LocalView's gate or alone; no other lock is taken under it. Nothing awaits or
    // calls out under it: waiters go on later, on threads of their own.
    private readonly Lock _gate = new();

    private volatile Publication _latest = new(null, null);
    private long _heldUntil = long.MaxValue;
    private long _lastUse;

    public TopicName Topic => topic;

    /// <summary>How many follow it. Owned by LocalView's gate.</summary>
    public int Followers { get; set; }

    /// <summary>It is in the local view no more, so that a latecomer must ask anew. Owned by LocalView's gate.</summary>
    public bool IsGone { get; set; }

    /// <summary>The server has ended its subscription, and has not been asked again since. Owned by LocalView's gate.</summary>
    public bool IsEnded { get; set; }

    /// <summary>When it was read or left last, as a timestamp of the clock. Any thread stores it, and who is a moment late loses nothing.</summary>
    public long LastUse
    {
        get => Volatile.Read(ref _lastUse);
        set => Volatile.Write(ref _lastUse, value);
    }

    /// <summary>What is known now, and the task that ends when something else is.</summary>
    public Publication Latest => _latest;

    /// <summary>Publishes what is known at the moment at which the topic is first asked for, unless the watch has been faster.</summary>
    public void Begin(RegistryView source, bool isStale)
    {
        if (!source.Covers(topic))
        {
            return;
        }

        lock (_gate)
        {
            if (_latest.View is null)
            {
                Replace(new Publication(Projection.Of(source, topic, null, [], isStale), _latest.Fault));
            }
        }
    }

    /// <summary>Publishes what the watch knows. What a new history no longer names is held for a while.</summary>
    /// <param name="source">The picture; without this topic it changes nothing.</param>
    /// <param name="isTold">Whether the watch has been told a topic as a whole, which says nothing of what is missing in it.</param>
    /// <param name="now">A timestamp of the clock.</param>
    /// <param name="protection">For how long, in ticks of the clock; 0: nothing is held.</param>
    public void Publish(RegistryView source, Func<TopicName, bool> isTold, long now, long protection)
    {
        if (!source.Covers(topic))
        {
            return;
        }

        lock (_gate)
        {
            var before = _latest.View;
            if (before is { IsStale: false } && before.Epoch == source.Epoch && source.Revision < before.Revision)
            {
                return;
            }

            var held = before is null || protection == 0 ? [] : Projection.Unaccounted(before, source, isTold);
            var view = Projection.Of(source, topic, before, held, isStale: false);
            if (view.HeldInstances == 0)
            {
                _heldUntil = long.MaxValue;
            }
            else if (before!.Epoch != source.Epoch)
            {
                _heldUntil = now + protection;
            }

            Replace(new Publication(view, null));
        }
    }

    /// <summary>
    /// Lets go of what was held long enough. Of the view at hand: a picture that the caller had fetched could be older than what the watch
    /// has published since, and the view would go back.
    /// </summary>
    public void ReleaseHeld(long now)
    {
        lock (_gate)
        {
            if (now >= _heldUntil && _latest.View is { } before)
            {
                _heldUntil = long.MaxValue;
                Replace(new Publication(before.WithoutHeld(), _latest.Fault));
            }
        }
    }

    /// <summary>The server follows it no more: what is known stays, and nobody stands behind it.</summary>
    public void End(RegistryFault fault)
    {
        lock (_gate)
        {
            Replace(new Publication(_latest.View?.AsStale(), fault));
        }
    }

    /// <summary>Tells those who wait for a first view that none is to be had for now. Who has one keeps it.</summary>
    public void Fail(RegistryFault fault)
    {
        lock (_gate)
        {
            Replace(new Publication(_latest.View, fault));
        }
    }

    private void Replace(Publication next)
    {
        var last = _latest;
        _latest = next;
        last.End();
    }

    /// <summary>What was known of a topic from one moment to the next.</summary>
    /// <param name="view">Null: nothing yet.</param>
    /// <param name="fault">Why there is nothing newer; null: nothing is wrong.</param>
    internal sealed class Publication(ServiceView? view, RegistryFault? fault)
    {
        private readonly TaskCompletionSource _replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ServiceView? View => view;

        public RegistryFault? Fault => fault;

        /// <summary>Ends when another publication has taken this one's place.</summary>
        public Task Replaced => _replaced.Task;

        public void End() => _replaced.SetResult();
    }
}
