namespace Registry.Core;

/// <summary>Why the registry refuses. The transport turns each kind into one status.</summary>
public enum ErrorKind
{
    /// <summary>A name, address, size or duration is out of bounds, whatever the state of the registry.</summary>
    InvalidArgument,

    /// <summary>What the request names is not there.</summary>
    NotFound,

    /// <summary>The request is well formed, and wrong in the present state; repeating it does not help.</summary>
    FailedPrecondition,

    /// <summary>What the request names belongs to another identity.</summary>
    PermissionDenied,

    /// <summary>A limit is reached.</summary>
    ResourceExhausted,

    /// <summary>The request names a revision that has not been reached.</summary>
    OutOfRange,

    /// <summary>The registry can't do it now; repeating it later may help.</summary>
    Unavailable,
}

/// <summary>
/// A refusal as a value: nothing was changed. Immutable.
/// </summary>
/// <param name="Kind">The class of the refusal.</param>
/// <param name="Reason">One of <see cref="ErrorReasons"/>: for programs, never reworded.</param>
/// <param name="Message">For people: names the field and what is expected. May be reworded.</param>
/// <param name="Field">The path of the field at fault, such as <c>instances[2].endpoints[0].port</c>; null if none is.</param>
public sealed record RegistryError(ErrorKind Kind, string Reason, string Message, string? Field = null)
{
    internal static RegistryError Invalid(string field, string message) =>
        new(ErrorKind.InvalidArgument, ErrorReasons.InvalidField, $"{field}: {message}", field);

    /// <summary>
    /// The same refusal, of a value that stands at <paramref name="place"/> of something larger. So a rule names its own field alone, and
    /// the path is written when something is wrong with it, not on the way of everything that is fine.
    /// </summary>
    internal RegistryError At(string place) =>
        Field is { Length: > 0 } field
            ? this with { Field = $"{place}.{field}", Message = $"{place}.{Message}" }
            : this with { Field = place, Message = $"{place}{Message}" };

    internal static RegistryError OwnerMismatch(string field) =>
        new(ErrorKind.PermissionDenied, ErrorReasons.OwnerMismatch, $"{field}: belongs to another identity", field);

    internal static RegistryError LeaseUnknown(string? field = null) =>
        new(ErrorKind.NotFound, ErrorReasons.LeaseUnknown, "the lease has expired or never was: grant a new lease and register again", field);
}

/// <summary>The machine-readable reasons of refusals. A reason is never renamed and never used for something else.</summary>
public static class ErrorReasons
{
    /// <summary>A field is out of bounds.</summary>
    public const string InvalidField = "INVALID_FIELD";

    /// <summary>A build's id is not the hash of its interfaces.</summary>
    public const string BuildIdMismatch = "BUILD_ID_MISMATCH";

    /// <summary>The lease has expired or never was.</summary>
    public const string LeaseUnknown = "LEASE_UNKNOWN";

    /// <summary>More than one lease has a public id that begins so.</summary>
    public const string LeaseAmbiguous = "LEASE_AMBIGUOUS";

    /// <summary>The application has no instance of that id.</summary>
    public const string InstanceUnknown = "INSTANCE_UNKNOWN";

    /// <summary>No application, or nobody who declares the interface, is known by that name.</summary>
    public const string NameUnknown = "NAME_UNKNOWN";

    /// <summary>The application has not declared that build.</summary>
    public const string BuildUnknown = "BUILD_UNKNOWN";

    /// <summary>Another lease or holder has taken the instance over since.</summary>
    public const string IncarnationSuperseded = "INCARNATION_SUPERSEDED";

    /// <summary>Instances run the build that was to be withdrawn.</summary>
    public const string BuildInUse = "BUILD_IN_USE";

    /// <summary>The instance or lease belongs to another identity.</summary>
    public const string OwnerMismatch = "OWNER_MISMATCH";

    /// <summary>The application has as many instances as it may have.</summary>
    public const string LimitInstances = "LIMIT_INSTANCES";

    /// <summary>The application has as many builds as it may have.</summary>
    public const string LimitBuilds = "LIMIT_BUILDS";

    /// <summary>The registry has as many leases as it may have.</summary>
    public const string LimitLeases = "LIMIT_LEASES";

    /// <summary>One change is larger than a change may be.</summary>
    public const string LimitChangeSize = "LIMIT_CHANGE_SIZE";

    /// <summary>A stream follows as many topics as it may.</summary>
    public const string LimitTopics = "LIMIT_TOPICS";

    /// <summary>An answer would be larger than an answer may be.</summary>
    public const string LimitAnswerSize = "LIMIT_ANSWER_SIZE";

    /// <summary>The log's queue has no room.</summary>
    public const string LogFull = "LOG_FULL";

    /// <summary>The log can't be written.</summary>
    public const string StorageFailed = "STORAGE_FAILED";

    /// <summary>Whether the change was made is not known: repeat the request.</summary>
    public const string OutcomeUnknown = "OUTCOME_UNKNOWN";

    /// <summary>A revision was named that has not been reached.</summary>
    public const string RevisionInFuture = "REVISION_IN_FUTURE";

    /// <summary>The stream was not read for too long.</summary>
    public const string SlowConsumer = "SLOW_CONSUMER";

    /// <summary>As many backups are being taken as may be at a time.</summary>
    public const string TooManyBackups = "TOO_MANY_BACKUPS";

    /// <summary>A subscription id was used before, or is not greater than the ones before.</summary>
    public const string SubscriptionIdReused = "SUBSCRIPTION_ID_REUSED";

    /// <summary>The server is not ready yet.</summary>
    public const string NotReady = "NOT_READY";

    /// <summary>The server is going away.</summary>
    public const string ShuttingDown = "SHUTTING_DOWN";
}
