namespace Grpc.Core;

/// <summary>What a call made on behalf of another call takes over from it. Immutable.</summary>
public class ContextPropagationOptions
{
    /// <summary>Takes over deadline and cancellation.</summary>
    public static readonly ContextPropagationOptions Default = new();

    /// <summary>Makes the options.</summary>
    /// <param name="propagateDeadline">Whether the deadline goes on; yes unless said otherwise.</param>
    /// <param name="propagateCancellation">Whether cancelling goes on; yes unless said otherwise.</param>
    public ContextPropagationOptions(bool propagateDeadline = true, bool propagateCancellation = true)
    {
        IsPropagateDeadline = propagateDeadline;
        IsPropagateCancellation = propagateCancellation;
    }

    /// <summary>Whether the deadline of the first call also holds for the second.</summary>
    public bool IsPropagateDeadline { get; }

    /// <summary>Whether the second call is cancelled together with the first.</summary>
    public bool IsPropagateCancellation { get; }
}
