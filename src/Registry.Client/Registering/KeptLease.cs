using System.Runtime.ExceptionServices;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Registry.Client.Connecting;
using Registry.Client.Leases;
using Registry.Protocol.V1;

namespace Registry.Client.Registering;

/// <summary>
/// The one lease of a process and all that hangs on it, in however many applications: granted with the first registration, renewed while
/// one is left, revoked after the last.
/// </summary>
internal sealed partial class KeptLease : ILeaseOwner, ILeaseObserver, IAsyncDisposable
{
    // Guards which applications there are, who waits for which instance, what was lost, and the signal that there is more to do. Nobody reads
    // these without it. Taken before an application's gate. Nothing awaits or calls out under it: waiters go on later, on threads of their own.
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Namespace, string Application), LeasedApplication> _applications = [];
    private readonly Dictionary<(string Namespace, string Application, string Id), RegisteredInstance> _instances = [];

    // What this lease has lost. Every renewal reports it again, also when an instance of the same id has been registered anew since and is not
    // confirmed yet: that one would be taken for lost. Forgotten with the lease.
    private readonly HashSet<(string Namespace, string Application, string Id, long Incarnation)> _lost = [];
    private TaskCompletionSource _more = NewSignal();
    private Task? _running;
    private bool _isLetGo;
    private bool _isDisposed;

    private readonly Registration.RegistrationClient _client;
    private readonly LeaseOptions _options;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private LeaseHolder? _holder;

    // Owned by _gate.
    private LeaseStatistics _earlier = new(0, 0, 0, 0, 0, 0);

    // 1 while calls fail; the registering and the renewing loop both set it.
    private int _isFailing;

    public KeptLease(
        Registration.RegistrationClient client, LeaseOptions options, TimeSpan patience, TimeProvider time, Random random, ILogger logger)
    {
        Patience = patience;
        _client = client;
        _options = options;
        _time = time;
        _random = random;
        _logger = logger;
    }

    /// <summary>How long a disposal waits for the server.</summary>
    public TimeSpan Patience { get; }

    public TimeProvider Time => _time;

    /// <summary>The last call has failed: the server is not to be reached at present.</summary>
    public bool IsFailing => Volatile.Read(ref _isFailing) == 1;

    /// <summary>
    /// Once this has said that nothing is left, nothing is registered on this lease any more. Else an instance that is added at that moment
    /// could be registered, be confirmed, and vanish again with the lease that is about to be revoked. So it does not change its mind: each of
    /// the holder's loops asks, and the second one may see that instance already.
    /// </summary>
    public bool LetGo()
    {
        lock (_gate)
        {
            _isLetGo |= !_applications.Values.Any(application => application.HoldsAnything);
            return _isLetGo;
        }
    }

    /// <summary>How many instances are kept.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _instances.Count;
            }
        }
    }

    /// <summary>What was tried and what failed of it, over all leases that this process has had.</summary>
    public LeaseStatistics Statistics
    {
        get
        {
            lock (_gate)
            {
                return _holder is { } holder ? _earlier + holder.Statistics : _earlier;
            }
        }
    }

    /// <summary>Keeps an instance registered from now on.</summary>
    /// <exception cref="InvalidOperationException">This process keeps an instance of this name already.</exception>
    public RegisteredInstance Add(string @namespace, string application, InstanceSpec spec, Build? build)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(RegistryClient));
            var key = (@namespace, application, spec.Id);
            if (!_applications.TryGetValue((@namespace, application), out var leased))
            {
                leased = new LeasedApplication(_client, @namespace, application, [], [], this);
                _applications.Add((@namespace, application), leased);
            }

            if (_instances.TryGetValue(key, out var earlier))
            {
                if (leased.StateOf(spec.Id) != HeldState.Leaving)
                {
                    throw new InvalidOperationException($"this process registers {application}/{spec.Id} already; dispose that registration first");
                }

                // It was disposed, and no server has confirmed that yet. What takes its place there is all that there is to say.
                earlier.End(null);
                _instances.Remove(key);
            }

            leased.Put(spec, build);
            var instance = new RegisteredInstance(this, @namespace, application, spec.Id, Resolving.ServiceInstance.StatusOf(spec.State));
            _instances.Add(key, instance);
            _running ??= Task.Run(RunAsync);
            Signal();
            return instance;
        }
    }

    /// <summary>Changes what is wanted of an instance; its <see cref="RegisteredInstance.Settled"/> is anew until that stands.</summary>
    public bool Change(RegisteredInstance instance, Action<InstanceSpec> change)
    {
        lock (_gate)
        {
            if (!IsKept(instance)
                || !_applications.TryGetValue((instance.Namespace, instance.Application), out var application)
                || !application.Change(instance.Id, change))
            {
                return false;
            }

            instance.Unsettle();
            Signal();
            return true;
        }
    }

    /// <summary>Wants an instance no more; <see cref="RegisteredInstance.Ended"/> ends when it is gone.</summary>
    public void Remove(RegisteredInstance instance)
    {
        lock (_gate)
        {
            if (!IsKept(instance))
            {
                return;
            }

            if (_applications.TryGetValue((instance.Namespace, instance.Application), out var application))
            {
                application.Remove(instance.Id);
            }

            SettleAll();
            Signal();
        }
    }

    public async Task RegisterAsync(ByteString leaseId, CancellationToken cancellationToken)
    {
        List<LeasedApplication> applications;
        lock (_gate)
        {
            _more = NewSignal();
            applications = _isLetGo ? [] : [.. _applications.Values];
        }

        // A fault of the server over one application must not keep those after it out of the registry. Where no server answers, the first
        // failure says all.
        RpcException? failure = null;
        foreach (var application in applications)
        {
            try
            {
                await RegisterAsync(application, leaseId, cancellationToken).ConfigureAwait(false);
            }
            catch (RpcException fault) when (fault.StatusCode is StatusCode.Internal or StatusCode.Unknown)
            {
                failure ??= fault;
            }
        }

        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    public Task MoreAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _more.Task.WaitAsync(cancellationToken);
        }
    }

    public void OnLost(IReadOnlyList<LostInstance> lost)
    {
        foreach (var group in lost.GroupBy(instance => (instance.Namespace, instance.Application)))
        {
            LeasedApplication? application;
            LostInstance[] news;
            lock (_gate)
            {
                news = [.. group.Where(instance => _lost.Add(KeyOf(instance)))];
                _applications.TryGetValue(group.Key, out application);
            }

            application?.OnLost(news);
        }
    }

    public void OnFailure(RegistryFault fault)
    {
        if (Interlocked.Exchange(ref _isFailing, 1) == 0)
        {
            LogFailing(_logger, fault.Describe());
        }
    }

    public void OnSuccess()
    {
        if (Interlocked.Exchange(ref _isFailing, 0) == 1)
        {
            LogRecovered(_logger);
        }
    }

    void ILeaseObserver.OnRegistered(LeasedApplication application, long revision)
    {
        lock (_gate)
        {
            SettleAll();
        }
    }

    void ILeaseObserver.OnLost(LeasedApplication application, IReadOnlyList<LostInstance> lost)
    {
        foreach (var instance in lost)
        {
            LogLost(_logger, application.Application, instance.InstanceId, instance.Cause);
        }

        lock (_gate)
        {
            foreach (var instance in lost)
            {
                _lost.Add(KeyOf(instance));
                End(application, instance.InstanceId, new RegistryException(
                    $"{application.Application}/{instance.InstanceId} is lost: {Describe(instance.Cause)}",
                    new RegistryFault(StatusCode.FailedPrecondition, instance.Cause.ToString(), "", "")));
            }
        }
    }

    void ILeaseObserver.OnFailure(LeasedApplication application, RegistryFault fault) => OnFailure(fault);

    void ILeaseObserver.OnSuccess(LeasedApplication application) => OnSuccess();

    /// <summary>Ends the lease, and with it all that is registered. Waits for the server no longer than its call may take.</summary>
    public async ValueTask DisposeAsync()
    {
        Task? running;
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            running = _running;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        if (running is not null)
        {
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stopping.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static (string Namespace, string Application, string Id, long Incarnation) KeyOf(LostInstance lost) =>
        (lost.Namespace, lost.Application, lost.InstanceId, lost.Incarnation);

    private static string Describe(LostInstance.Types.Cause cause) => cause == LostInstance.Types.Cause.TakenOver
        ? "another process has registered the same instance"
        : "somebody has deregistered it";

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var holder = new LeaseHolder(_client, this, _options, _time, _random);
            try
            {
                if (!TryBegin(holder, out var more))
                {
                    await more.WaitAsync(_stopping.Token).ConfigureAwait(false);
                    continue;
                }

                await holder.RunAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Disposed: the lease is revoked below.
            }
            catch (RpcException refusal)
            {
                // No lease at all: full, not allowed, or a TTL out of the server's bounds. Somebody may mend that.
                LogRefused(_logger, RegistryFault.From(refusal).Describe(), _options.LongestRetry);
                await Task.Delay(_options.LongestRetry, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
#pragma warning disable CA1031 // Nobody waits for this loop. If it ended, the instances would vanish from the registry in silence.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                LogBroken(_logger, _options.LongestRetry, fault);
                await Task.Delay(_options.LongestRetry, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await RevokeAsync(holder).ConfigureAwait(false);
            lock (_gate)
            {
                _earlier += holder.Statistics;
                _holder = null;
            }
        }

        lock (_gate)
        {
            foreach (var instance in _instances.Values.ToArray())
            {
                End(instance, null);
            }
        }
    }

    private bool TryBegin(LeaseHolder holder, out Task more)
    {
        lock (_gate)
        {
            if (_more.Task.IsCompleted)
            {
                _more = NewSignal();
            }

            more = _more.Task;
            _isLetGo = false;
            _lost.Clear();
            _holder = _applications.Values.Any(application => application.HoldsAnything) ? holder : null;
            return _holder is not null;
        }
    }

    private async Task RevokeAsync(LeaseHolder holder)
    {
        try
        {
            await holder.RevokeAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (RpcException exception)
        {
            LogNotRevoked(_logger, RegistryFault.From(exception).Describe());
        }
    }

    // One instance that the server refuses must not take down the others: it is found, told to who wants it, and forgotten.
    private async Task RegisterAsync(LeasedApplication application, ByteString leaseId, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await application.RegisterAsync(leaseId, cancellationToken).ConfigureAwait(false);
                application.IsOneByOne = false;
                return;
            }
            catch (RpcException refusal) when (RegistryFault.From(refusal) is { IsTransient: false } fault
                && fault.Reason != RegistryFault.LeaseUnknown)
            {
                // Several instances; or builds that were too many to go with the instances, of which one is wrong: alone, each goes with its own.
                if (application.LastSent is not [var id])
                {
                    application.IsOneByOne = true;
                    continue;
                }

                LogInstanceRefused(_logger, application.Application, id, fault.Describe());
                var cause = RegistryException.From($"{application.Application}/{id} is refused", fault, refusal);
                lock (_gate)
                {
                    if (application.TakeBack(id))
                    {
                        // It stands in the registry, kept alive by this lease: forgotten, it would stay there and be nobody's.
                        _instances.GetValueOrDefault((application.Namespace, application.Application, id))?.Refuse(cause);
                    }
                    else
                    {
                        application.Forget(id);
                        End(application, id, cause);
                    }
                }
            }
        }
    }

    // Called under _gate. False: it has ended, and what is kept under its name, if anything is, came after it.
    private bool IsKept(RegisteredInstance instance) =>
        ReferenceEquals(_instances.GetValueOrDefault((instance.Namespace, instance.Application, instance.Id)), instance);

    // Called under _gate.
    private void Signal() => _more.TrySetResult();

    // Called under _gate.
    private void SettleAll()
    {
        foreach (var instance in _instances.Values.ToArray())
        {
            // Its application has left already if this was the last but one to be seen as gone.
            var application = _applications.GetValueOrDefault((instance.Namespace, instance.Application));
            switch (application?.StateOf(instance.Id) ?? HeldState.Gone)
            {
                case HeldState.Settled:
                    instance.Settle();
                    break;
                case HeldState.Gone:
                    End(instance, null);
                    break;
                default:
                    break;
            }
        }
    }

    // Called under _gate.
    private void End(LeasedApplication application, string id, RegistryException? cause)
    {
        if (_instances.TryGetValue((application.Namespace, application.Application, id), out var instance))
        {
            End(instance, cause);
        }
    }

    // Called under _gate.
    private void End(RegisteredInstance instance, RegistryException? cause)
    {
        _instances.Remove((instance.Namespace, instance.Application, instance.Id));
        instance.End(cause);
        if (_applications.TryGetValue((instance.Namespace, instance.Application), out var application) && !application.HoldsAnything)
        {
            _applications.Remove((instance.Namespace, instance.Application));
        }
    }

    [LoggerMessage(10, LogLevel.Warning, "registrations can't be kept at present: {Fault}; trying again until it works")]
    private static partial void LogFailing(ILogger logger, string fault);

    [LoggerMessage(11, LogLevel.Information, "registrations are kept again")]
    private static partial void LogRecovered(ILogger logger);

    [LoggerMessage(12, LogLevel.Error, "the registry grants no lease: {Fault}; trying again in {Wait}")]
    private static partial void LogRefused(ILogger logger, string fault, TimeSpan wait);

    [LoggerMessage(13, LogLevel.Error, "the registry refuses {Application}/{Instance} as it is wanted: {Fault}")]
    private static partial void LogInstanceRefused(ILogger logger, string application, string instance, string fault);

    [LoggerMessage(14, LogLevel.Error, "{Application}/{Instance} is lost ({Cause}) and not registered again")]
    private static partial void LogLost(ILogger logger, string application, string instance, LostInstance.Types.Cause cause);

    [LoggerMessage(16, LogLevel.Critical, "a fault of the client library has ended the lease; another one is taken in {Wait}")]
    private static partial void LogBroken(ILogger logger, TimeSpan wait, Exception fault);

    [LoggerMessage(15, LogLevel.Warning, "the lease could not be revoked, it runs out by itself: {Fault}")]
    private static partial void LogNotRevoked(ILogger logger, string fault);
}
