namespace Registry.Core.Interleaving;

/// <summary>
/// Named places in the core between which another thread can come in. Nobody listens in production: a point costs the reading of one
/// static field. In tests a scheduler listens, lets one thread run at a time and decides at each point which one that is, so that
/// an interleaving which a machine shows once a month happens thousands of times a minute, and again when its seed is given again.
/// </summary>
internal static class YieldPoint
{
    /// <summary>A command has room in the log's queue, and has not asked for its application's stripe yet.</summary>
    public const string Admitted = "order.admitted";

    /// <summary>A command is decided; nothing is built yet. Under the application's stripe.</summary>
    public const string Decided = "order.decided";

    /// <summary>The application's next snapshot is built; the interfaces' stripes are not taken yet.</summary>
    public const string Built = "apply.built";

    /// <summary>The next mappings are built, under the interfaces' stripes; the change is not committed yet.</summary>
    public const string Mapped = "apply.mapped";

    /// <summary>The lease's word was seen as good under its lock; the change is not committed yet.</summary>
    public const string AttachChecked = "attach.checked";

    /// <summary>Inside the commit section: the snapshots are visible, their revision is not published yet.</summary>
    public const string Swapped = "commit.swapped";

    /// <summary>A change is committed, all locks are released, and nobody was told yet.</summary>
    public const string Committed = "order.committed";

    /// <summary>A renewal has read the word and is about to change it.</summary>
    public const string RenewalRead = "renewal.read";

    /// <summary>The expiry has read the word and is about to claim it.</summary>
    public const string ExpiryRead = "expiry.read";

    /// <summary>The expiry has claimed a lease and is about to read what it holds.</summary>
    public const string ExpiryClaimed = "expiry.claimed";

    /// <summary>A revocation has claimed a lease and is about to read what it holds.</summary>
    public const string RevocationClaimed = "revocation.claimed";

    /// <summary>A read of several topics has read the published revision, and no topic yet.</summary>
    public const string PublishedRead = "read.published";

    /// <summary>An image of the registry is being taken; one more application was looked at.</summary>
    public const string ImageRead = "image.read";

    /// <summary>The pump has found nothing more to do and has not said so yet.</summary>
    public const string PumpIdle = "pump.idle";

    /// <summary>The pump has said that it is not scheduled and has not looked again yet.</summary>
    public const string PumpUnscheduled = "pump.unscheduled";

    /// <summary>A stream's batch is filled and not written yet.</summary>
    public const string BatchFilled = "pump.filled";

    /// <summary>A message's encoder has claimed its slot and has not begun.</summary>
    public const string EncodingClaimed = "encoding.claimed";

    /// <summary>A lock was asked for and is held by another thread. Only ever reported while somebody listens.</summary>
    public const string LockTaken = "lock.taken";

    private static IYieldListener? _listener;

    /// <summary>Who decides; null: nobody, threads run as they are. Set by tests alone.</summary>
    public static IYieldListener? Listener
    {
        get => Volatile.Read(ref _listener);
        set => Volatile.Write(ref _listener, value);
    }

    /// <summary>Another thread may come in here.</summary>
    public static void Reach(string point) => _listener?.Reached(point);

    /// <summary>
    /// Takes a lock. While somebody listens, a thread that would wait asks to be passed over instead: the one that holds the lock may be
    /// standing at a point inside.
    /// </summary>
    public static void Enter(Lock gate)
    {
        if (_listener is null)
        {
            gate.Enter();
            return;
        }

        while (!gate.TryEnter())
        {
            if (_listener is not { } listener || !listener.Reached(LockTaken))
            {
                gate.Enter();
                return;
            }
        }
    }
}

/// <summary>Decides at each point which thread goes on.</summary>
internal interface IYieldListener
{
    /// <summary>Returns when the calling thread may go on. False: the thread is none of the listener's.</summary>
    bool Reached(string point);
}
