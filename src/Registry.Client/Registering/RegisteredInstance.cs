using Registry.Client.Resolving;
using Registry.Protocol.V1;

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
    private volatile bool _isDisposed;

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
    /// if the instance is refused or lost, or what was asked for last is refused; is cancelled if the instance is disposed before. While no
    /// server answers it waits: give it a bound of your own.
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
    /// <exception cref="RegistryException">The instance is lost or refused, or this change is: then the instance stays as it was.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An owner can't declare this status.</exception>
    /// <exception cref="ObjectDisposedException">This is disposed.</exception>
    public Task SetStatusAsync(InstanceStatus status, CancellationToken cancellationToken = default)
    {
        var state = InstanceRegistration.StateOf(status);
        return ChangeAsync(
            spec =>
            {
                spec.State = state;
                Status = status;
            },
            cancellationToken);
    }

    /// <summary>New calls go elsewhere from when this ends; those that are open may finish.</summary>
    /// <param name="cancellationToken">As in <see cref="SetStatusAsync"/>.</param>
    public Task DrainAsync(CancellationToken cancellationToken = default) => SetStatusAsync(InstanceStatus.Draining, cancellationToken);

    /// <summary>Asks for another weight, 0 to 10,000, and waits until the registry has confirmed it.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="cancellationToken">As in <see cref="SetStatusAsync"/>.</param>
    /// <exception cref="RegistryException">As in <see cref="SetStatusAsync"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The weight is negative. What is too much, the registry says.</exception>
    /// <exception cref="ObjectDisposedException">This is disposed.</exception>
    public Task SetWeightAsync(int weight, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(weight);
        return ChangeAsync(spec => spec.Weight = (uint)weight, cancellationToken);
    }

    /// <summary>Deregisters, and waits until the registry has confirmed it.</summary>
    /// <param name="cancellationToken">Ends the wait; the instance leaves all the same when a server answers.</param>
    public async Task DeregisterAsync(CancellationToken cancellationToken = default)
    {
        _isDisposed = true;
        _lease.Remove(this);
        await Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Asks for the deregistration, and waits for it as long as one call may take; not at all while no server is to be reached: the lease runs
    /// out by itself then.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
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

    internal void Refuse(Exception cause)
    {
        Unsettle();
        _settled.TrySetException(cause);

        // Whether anybody waits for it is not known, and nobody has to.
        _ = _settled.Task.Exception;
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
            Refuse(cause);
        }

        _ended.TrySetResult();
    }

    private async Task ChangeAsync(Action<InstanceSpec> change, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed && Loss is null, this);
        if (!_lease.Change(this, change))
        {
            // Lost, or disposed just now: which of them, is certain when it has ended.
            await Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
            throw Loss ?? new ObjectDisposedException($"{Application}/{Id}");
        }

        await Settled.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
