namespace Registry.TestKit.Linearizability;

/// <summary>What is done to one instance, or to a lease that instances hang on.</summary>
public enum RegistryAction
{
    /// <summary>Register Content on Lease.</summary>
    Register,

    /// <summary>Change to Content, of Incarnation or (0) of whichever is there.</summary>
    Update,

    /// <summary>Remove, of Incarnation or (0) whichever is there.</summary>
    Deregister,

    /// <summary>Read.</summary>
    Resolve,

    /// <summary>Renew Lease.</summary>
    Renew,

    /// <summary>The registry ends Lease: recorded by whoever drives the registry's clock, or revokes.</summary>
    EndLease,

    /// <summary>The registry removes what Lease, which has ended, holds.</summary>
    RemoveHeld,
}

/// <summary>How it went.</summary>
public enum RegistryAnswer
{
    /// <summary>Done; of Resolve: it is there; of Deregister: it was there and is gone.</summary>
    Done,

    /// <summary>Of Resolve, Update and Deregister: it is not there, or is another life of it.</summary>
    NotThere,

    /// <summary>Of Update and Deregister: a later life is there.</summary>
    Superseded,

    /// <summary>Of Register and Renew: the lease has ended.</summary>
    LeaseUnknown,
}

/// <summary>One operation on one instance. Immutable.</summary>
public sealed record RegistryOperation(RegistryAction Action)
{
    /// <summary>The lease, as its index in the history.</summary>
    public int Lease { get; init; }

    /// <summary>Asked: the life that is meant; 0: whichever is there.</summary>
    public long Meant { get; init; }

    /// <summary>Asked to write, or answered to Resolve. Unique per write.</summary>
    public string Content { get; init; } = "";

    /// <summary>The registry's clock, in ticks: no later than the call, of Renew; no earlier than the end, of EndLease.</summary>
    public long Clock { get; init; }

    public RegistryAnswer Answer { get; init; }

    /// <summary>Answered to Register and Resolve: this life.</summary>
    public long Incarnation { get; init; }

    /// <summary>Answered to Register and Resolve: its last change.</summary>
    public long Revision { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Action switch
    {
        RegistryAction.Register => $"register {Content} on lease {Lease}: {Answer} {Incarnation}/{Revision}",
        RegistryAction.Update => $"update {Meant} to {Content}: {Answer} {Revision}",
        RegistryAction.Deregister => $"deregister {Meant}: {Answer}",
        RegistryAction.Resolve => $"resolve: {Answer} {Content} {Incarnation}/{Revision}",
        RegistryAction.Renew => $"renew lease {Lease} at {Clock}: {Answer}",
        RegistryAction.EndLease => $"(lease {Lease} ends by {Clock})",
        _ => $"(what lease {Lease} held goes)",
    };
}
