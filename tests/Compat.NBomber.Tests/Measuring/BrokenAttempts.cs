namespace NBomber.Tests.Measuring;

/// <summary>As it is done without a thought: fields that everybody increments, and a map that everybody writes.</summary>
internal sealed class PlainAttempts : IAttempts
{
    private readonly Dictionary<string, long> _failed = [];
    private long _all;
    private long _ok;

    public void Ok()
    {
        _all++;
        _ok++;
    }

    public void Fail(string kind)
    {
        _all++;
        _failed[kind] = _failed.GetValueOrDefault(kind) + 1;
    }

    public (long All, long Ok, IReadOnlyDictionary<string, long> FailedByKind) Totals() => (_all, _ok, _failed);
}

/// <summary>As a load tool had it after the first repair of its crash: the increment is atomic, on a copy.</summary>
internal sealed class LocalCopyAttempts : IAttempts
{
    private readonly Dictionary<string, long> _failed = [];
    private readonly Lock _gate = new();
    private long _all;
    private long _ok;

    public void Ok()
    {
        Interlocked.Increment(ref _all);
        Interlocked.Increment(ref _ok);
    }

    public void Fail(string kind)
    {
        Interlocked.Increment(ref _all);
        long copy;
        lock (_gate)
            copy = _failed.GetValueOrDefault(kind);
        Interlocked.Increment(ref copy);
        lock (_gate)
            _failed[kind] = copy;
    }

    public (long All, long Ok, IReadOnlyDictionary<string, long> FailedByKind) Totals() => (_all, _ok, _failed);
}

/// <summary>As a map looks to its writers when they have broken it: any exception may come, of any kind, at any call.</summary>
internal sealed class ThrowingAttempts : IAttempts
{
    public void Ok()
    {
    }

    public void Fail(string kind) => throw new ArgumentException("a copy did not fit", nameof(kind));

    public (long All, long Ok, IReadOnlyDictionary<string, long> FailedByKind) Totals() => (0, 0, new Dictionary<string, long>());
}
