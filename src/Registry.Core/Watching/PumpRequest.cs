using Registry.Core.Naming;

namespace Registry.Core.Watching;

internal enum PumpRequestKind : byte
{
    Open,
    Subscribe,
    Unsubscribe,
    RequestSnapshot,
    Flushed,
    Describe,
    Close,
    Tick,
}

/// <summary>Something for the pump to do, put into its inbox by any thread.</summary>
internal readonly record struct PumpRequest(PumpRequestKind Kind, WatchStream? Stream)
{
    public ulong Id { get; init; }

    public Topic Topic { get; init; }

    public WatchOpening? Opening { get; init; }

    public WatchInquiry? Inquiry { get; init; }
}
