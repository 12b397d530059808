using NBomber.Contracts;
using NBomber.Counting;

namespace NBomber.Running;

/// <summary>One copy of a scenario: runs one iteration at a time, and counts each that began exactly once as ok or failed.</summary>
internal sealed class ScenarioCopy
{
    private readonly ScenarioRun _run;
    private readonly ScenarioContext _context;

    // Guards _begun, _open, _givenUp, and the recording of what this copy measures: whether an iteration is still to be counted, and its
    // being counted, are one step, so that giving up an iteration that ends just now counts it once. Nobody reads them without. Comes
    // before the locks of the recorder's stripes, the only ones taken under it; never two copies at once. Contended only at the very end
    // of a run. Nothing is awaited or called out to under it.
    private readonly Lock _gate = new();
    private long _begun;
    private bool _open;
    private bool _givenUp;

    private volatile bool _stopped;

    public ScenarioCopy(ScenarioRun run, int number)
    {
        _run = run;
        _context = new ScenarioContext(this, new ScenarioInfo(run.Name, number, run.Plan.Duration, run.Operation), run);
    }

    /// <summary>Iterations that began.</summary>
    public long Begun
    {
        get
        {
            lock (_gate)
                return _begun;
        }
    }

    /// <summary>No further iteration begins.</summary>
    public void Stop() => _stopped = true;

    public async Task LoopAsync()
    {
        while (!_stopped)
        {
            var iteration = IterateAsync();

            // Iterations that never wait would keep a thread of the pool to themselves.
            if (iteration.IsCompleted)
                await Task.Yield();
            await iteration.ConfigureAwait(false);
        }
    }

    /// <summary>Runs one iteration. Never fails.</summary>
    public async Task IterateAsync()
    {
        if (!TryBegin())
            return;
        _context.Next();
        var start = _run.Time.GetTimestamp();
        Measured measured;
        try
        {
            var response = await _run.Scenario.Run!(_context).ConfigureAwait(false);
            measured = Of(response, _run.Time.GetElapsedTime(start));
        }
        catch (StepFailedException failure)
        {
            measured = Of(failure.Response, _run.Time.GetElapsedTime(start));
        }
        catch (Exception exception)
        {
            measured = Of(exception, _run.Time.GetElapsedTime(start));
            _run.LogFailure(exception, "iteration");
        }

        if (End(measured) && measured.IsError)
            _run.IterationFailed();
    }

    public async Task<Response<T>> RunStepAsync<T>(string name, Func<Task<Response<T>>> run)
    {
        if (string.IsNullOrWhiteSpace(name) || name == ScenarioRun.GlobalStep)
            throw new ArgumentException($"A step needs a name, other than '{ScenarioRun.GlobalStep}'.", nameof(name));
        var start = _run.Time.GetTimestamp();
        Response<T> response;
        TimeSpan latency;
        try
        {
            response = await run().ConfigureAwait(false) ?? NoResponse<T>();
            latency = _run.Time.GetElapsedTime(start);
        }
        catch (StepFailedException inner)
        {
            latency = _run.Time.GetElapsedTime(start);
            response = new Response<T>(inner.Response.StatusCode, true, inner.Response.SizeBytes, inner.Response.Message, null);
        }
        catch (Exception exception)
        {
            latency = _run.Time.GetElapsedTime(start);
            response = new Response<T>(Failures.StatusCodeOf(exception), true, 0, Failures.MessageOf(exception), null);
            _run.LogFailure(exception, name);
        }

        lock (_gate)
        {
            if (!_givenUp)
                _run.Recorder.RecordStep(name, Of(response, latency));
        }

        if (response.IsError && _run.Scenario.RestartIterationOnFail)
            throw new StepFailedException(name, response);
        return response;
    }

    /// <summary>
    /// Counts an iteration that still runs as failed. Nothing that this copy measures is counted afterwards, and none begins. Returns
    /// whether one was running.
    /// </summary>
    public bool GiveUp()
    {
        lock (_gate)
        {
            _givenUp = true;
            if (!_open)
                return false;
            _open = false;
            _run.Recorder.RecordIteration(new Measured(
                true, Failures.Timeout, "did not end within the completion timeout", 0, _run.CompletionTimeout));
            return true;
        }
    }

    private bool TryBegin()
    {
        lock (_gate)
        {
            if (_givenUp)
                return false;
            _begun++;
            return _open = true;
        }
    }

    private bool End(in Measured measured)
    {
        lock (_gate)
        {
            if (!_open)
                return false;
            _open = false;
            _run.Recorder.RecordIteration(measured);
            return true;
        }
    }

    private static Response<T> NoResponse<T>() => new(Failures.Unhandled, true, 0, "returned no response", null);

    private static Measured Of(IResponse? response, TimeSpan latency)
    {
        response ??= NoResponse<object>();
        return new Measured(response.IsError, response.StatusCode, response.Message, response.SizeBytes, latency);
    }

    private static Measured Of(Exception exception, TimeSpan latency) =>
        new(true, Failures.StatusCodeOf(exception), Failures.MessageOf(exception), 0, latency);
}
