using Registry.Client.Resolving;

namespace Registry.Client.Registering;

/// <summary>
/// An instance that this process keeps registered, over lost connections, restarts and changes of the server, until it is disposed. Safe for
/// concurrent use.
/// </summary>
public sealed class RegisteredInstance : IAsyncDisposable
{
    private readonly KeptLease _lease;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Replaced and ended under the lease's gate; read without it.
    private volatile TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Exception? _cause;

    internal RegisteredInstance(KeptLease lease, string @namespace, string application, string id, InstanceStatus status)
    {
        _lease = lease;
        Namespace = @namespace;
        Application = application;
        Id = id;
        Status = status;
    }

    /// <summary>The namespace.</summary>
    public string Namespace { get; }

    /// <summary>The application.</summary>
    public string Application { get; }

    /// <summary>Names the instance within its application.</summary>
    public string Id { get; }

    /// <summary>The status that was asked for last.</summary>
    public InstanceStatus Status { get; private set; }

    /// <summary>
    /// Ends when the registry has confirmed all that was asked for so far, in this lease's life; fails with a <see cref="RegistryException"/>
    /// if the instance is refused or lost. While no server answers it waits: give it a bound of your own.
    /// </summary>
    public Task Settled => _settled.Task;

    /// <summary>
    /// Ends when the instance is not kept any more: disposed, refused, taken over by another process, or deregistered by somebody. It never
    /// fails; <see cref="Loss"/> says why.
    /// </summary>
    public Task Ended => _ended.Task;

    /// <summary>Why the instance is not kept any more although nobody here has ended it; null: it is kept, or was disposed.</summary>
    public Exception? Loss => _cause;

    /// <summary>Asks for another status and waits until the registry has confirmed it.</summary>
    /// <param name="status"><see cref="InstanceStatus.Up"/>, <see cref="InstanceStatus.Draining"/> or <see cref="InstanceStatus.Down"/>.</param>
    /// <param name="cancellationToken">Ends the wait; the wish stays, and is fulfilled when a server answers.</param>
    /// <exception cref="RegistryException">The instance is lost or refused.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An owner can't declare this status.</exception>
    public async Task SetStatusAsync(InstanceStatus status, CancellationToken cancellationToken = default)
    {
        var state = InstanceRegistration.StateOf(status);
        Status = status;
        _lease.Change(this, spec => spec.State = state);
        await Settled.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>New calls go elsewhere from when this ends; those that are open may finish.</summary>
    /// <param name="cancellationToken">As in <see cref="SetStatusAsync"/>.</param>
    public Task DrainAsync(CancellationToken cancellationToken = default) => SetStatusAsync(InstanceStatus.Draining, cancellationToken);

    /// <summary>Asks for another weight, 0 to 10,000, and waits until the registry has confirmed it.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="cancellationToken">As in <see cref="SetStatusAsync"/>.</param>
    public async Task SetWeightAsync(int weight, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(weight);
        _lease.Change(this, spec => spec.Weight = (uint)weight);
        await Settled.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deregisters, and waits until the registry has confirmed it.</summary>
    /// <param name="cancellationToken">Ends the wait; the instance leaves all the same when a server answers.</param>
    public async Task DeregisterAsync(CancellationToken cancellationToken = default)
    {
        _lease.Remove(this);
        await Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Asks for the deregistration, and waits for it as long as one call may take; not at all while no server is to be reached: the lease runs
    /// out by itself then.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _lease.Remove(this);
        if (_lease.IsFailing)
        {
            return;
        }

        await Ended.WaitAsync(_lease.Patience, _lease.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // All under the lease's gate.
    internal void Settle() => _settled.TrySetResult();

    internal void Unsettle()
    {
        if (_settled.Task.IsCompleted && !_ended.Task.IsCompleted)
        {
            _settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    internal void End(Exception? cause)
    {
        _cause = cause;
        if (cause is null)
        {
            _settled.TrySetCanceled();
        }
        else
        {
            Unsettle();
            _settled.TrySetException(cause);

            // Whether anybody waits for it is not known, and nobody has to.
            _ = _settled.Task.Exception;
        }

        _ended.TrySetResult();
    }
}
