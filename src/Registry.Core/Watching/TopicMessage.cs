using System.Diagnostics.CodeAnalysis;
using Registry.Core.Interleaving;
using Registry.Core.Naming;
using Registry.Core.Tables;

namespace Registry.Core.Watching;

/// <summary>
/// What can be told of a topic: its whole state or a step. Immutable once published, shared by every stream and read, and
/// encoded once: the slot for the encoded form is here because this object is what is shared. Thread safe.
/// </summary>
public abstract class TopicMessage
{
    private static readonly object Claimed = new();

    // null -> Claimed -> the encoded form; a failed encoder sets it back to null. The claim is taken by compare-and-set, so
    // an encoder runs once however many streams arrive together. It is not a Lazy<T>: who finds the slot claimed shall do
    // something else meanwhile, not sleep on a lock while ten thousand streams wait for their turn behind it.
    private object? _encoded;

    private protected TopicMessage(Topic topic)
    {
        Topic = topic;
    }

    /// <summary>What this tells of.</summary>
    public Topic Topic { get; }

    /// <summary>
    /// The encoded form, made by <paramref name="encode"/> if nobody has made it. False: another thread is making it right now;
    /// do something else and come again.
    /// </summary>
    /// <typeparam name="T">What the transport's encoder makes. One message is always asked for the same type.</typeparam>
    /// <param name="encode">Runs at most once per message, on the calling thread, outside every lock of the registry.</param>
    /// <param name="encoded">The encoded form if the answer is true.</param>
    public bool TryGetEncoded<T>(Func<TopicMessage, T> encode, [NotNullWhen(true)] out T? encoded)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(encode);
        LockOrder.AssertNoneHeld();
        var present = Volatile.Read(ref _encoded) ?? Interlocked.CompareExchange(ref _encoded, Claimed, null);
        if (present is null)
        {
            try
            {
                YieldPoint.Reach(YieldPoint.EncodingClaimed);
                encoded = encode(this);
                Volatile.Write(ref _encoded, encoded);
                return true;
            }
            catch
            {
                Volatile.Write(ref _encoded, null);
                throw;
            }
        }

        // The mark is an object too: a caller that asks for no more than that must not get it.
        encoded = ReferenceEquals(present, Claimed) ? null : present as T;
        return encoded is not null;
    }
}
