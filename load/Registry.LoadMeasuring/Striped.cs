namespace Registry.LoadMeasuring;

/// <summary>
/// Something that many threads add to and few read: one part per stripe, each behind its own lock, put together when somebody asks.
/// An addition takes the lock of the stripe of the processor that it runs on, so that threads meet at a lock only when one of them
/// was moved away in between. Nothing is ever lost: every change of a part happens under the lock of that part. Thread-safe.
/// </summary>
/// <typeparam name="T">A part. It needs no thread safety of its own, and must not leave the functions that get it.</typeparam>
/// <remarks>
/// The usual ways to lose counts, none of which fits here: <c>count++</c> on a shared field (two threads read the same number), an
/// atomic increment of a copy of it (the copy is exact, the field is not), a plain map of counters (breaks when it grows).
/// </remarks>
public sealed class Striped<T>
    where T : class
{
    private readonly Stripe[] _stripes;

    /// <summary>Makes the parts.</summary>
    /// <param name="create">Makes one part; called once per stripe, here.</param>
    /// <param name="stripes">How many, at least 1; null: two per processor, at most 16, which bounds the memory of large parts.</param>
    public Striped(Func<T> create, int? stripes = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        var count = stripes ?? Math.Clamp(2 * Environment.ProcessorCount, 2, 16);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(stripes));
        _stripes = new Stripe[count];
        for (var i = 0; i < count; i++)
            _stripes[i] = new Stripe(create());
    }

    /// <summary>How many parts there are.</summary>
    public int Count => _stripes.Length;

    /// <summary>Changes one part, whichever is close. The change runs under a lock: it must be short and call nobody.</summary>
    /// <param name="argument">Handed to the change, so that it need not capture anything.</param>
    /// <param name="change">The change; all that it does to the part is seen by <see cref="Fold"/> as a whole or not at all.</param>
    public void Update<TArgument>(TArgument argument, Action<T, TArgument> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var stripe = _stripes[(uint)Thread.GetCurrentProcessorId() % (uint)_stripes.Length];
        lock (stripe.Gate)
            change(stripe.Part, argument);
    }

    /// <summary>Goes through all parts, one after the other, each under its lock.</summary>
    /// <param name="result">What the parts are added to.</param>
    /// <param name="add">Adds one part to it; must copy what it keeps, be short and call nobody.</param>
    /// <returns><paramref name="result"/>. Every update that returned before the call is in it; one that runs meanwhile may be.</returns>
    public TResult Fold<TResult>(TResult result, Action<TResult, T> add)
    {
        ArgumentNullException.ThrowIfNull(add);
        foreach (var stripe in _stripes)
        {
            lock (stripe.Gate)
                add(result, stripe.Part);
        }

        return result;
    }

    private sealed class Stripe(T part)
    {
        // Guards Part and everything reachable from it. Nobody reads it without. Never two at once, and no other lock is taken under
        // it. Released before anything is awaited, called out to or written.
        public readonly Lock Gate = new();
        public readonly T Part = part;
    }
}
