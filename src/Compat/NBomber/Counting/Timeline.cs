namespace NBomber.Counting;

/// <summary>
/// How a scenario went over time, in a bounded number of points: when there are too many, neighbours are put together, and from then on
/// points are twice as long. Counts stay exact. One thread adds; whoever reads, reads after the end, or on that thread.
/// </summary>
internal sealed class Timeline(int capacity = 360)
{
    private static readonly TimeSpan ShortestPoint = TimeSpan.FromMilliseconds(500);

    private readonly List<TimelinePoint> _points = [];
    private ScenarioMeasurements _last = new();
    private TimeSpan _lastMoment;
    private TimelinePoint? _open;
    private int _looksPerPoint = 1;
    private int _looks;

    public IReadOnlyList<TimelinePoint> Points => _open is null ? _points : [.. _points, _open];

    /// <summary>The latest look, however long points are by now; null before the first.</summary>
    public TimelinePoint? Latest { get; private set; }

    public void Look(TimeSpan moment, ScenarioMeasurements now, int load)
    {
        if (moment <= _lastMoment && now.Iterations.Count == _last.Iterations.Count)
            return;
        var point = Difference(moment, now, load);
        _last = now;
        _lastMoment = moment;
        Latest = point;

        // The last look comes right after the one before. A point of its own would have a rate of a few iterations in no time.
        if (point.Width < ShortestPoint && _open is null && _points.Count > 0)
        {
            _points[^1] = _points[^1].With(point);
            return;
        }

        _open = _open?.With(point) ?? point;
        if (++_looks < _looksPerPoint)
            return;
        _looks = 0;
        _points.Add(_open);
        _open = null;
        if (_points.Count >= capacity)
            PutTogether();
    }

    private void PutTogether()
    {
        for (var i = 0; i < _points.Count / 2; i++)
            _points[i] = _points[2 * i].With(_points[(2 * i) + 1]);
        _points.RemoveRange(_points.Count / 2, _points.Count - (_points.Count / 2));
        _looksPerPoint *= 2;
    }

    private TimelinePoint Difference(TimeSpan moment, ScenarioMeasurements now, int load)
    {
        var codes = new Dictionary<string, long>();
        foreach (var (code, count) in now.Iterations.Fail.Codes)
        {
            var more = count.Count - (_last.Iterations.Fail.Codes.TryGetValue(code, out var before) ? before.Count : 0);
            if (more > 0)
                codes.Add(code, more);
        }

        var latencies = now.Iterations.Ok.Latencies.Since(_last.Iterations.Ok.Latencies);
        var any = latencies.Count > 0;
        return new TimelinePoint(
            _lastMoment, moment, latencies.Count, now.Iterations.Fail.Count - _last.Iterations.Fail.Count,
            any ? latencies.Percentile(50) : null, any ? latencies.Percentile(95) : null, any ? latencies.Percentile(99) : null, codes,
            load);
    }
}
