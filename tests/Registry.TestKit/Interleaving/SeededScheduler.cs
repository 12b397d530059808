using Registry.Core.Interleaving;

namespace Registry.TestKit.Interleaving;

/// <summary>
/// Runs several threads of which one moves at a time, and chooses at each yield point which one goes on: a seed is an interleaving, and
/// the same seed is the same interleaving.
/// </summary>
/// <remarks>
/// <para>
/// Even seeds choose each time anew among all threads. That rarely lets one thread run far while another stands still in the middle of
/// something, which is what most races need; so odd seeds give the threads priorities, run the highest, and now and then make the one
/// that runs the lowest (after Burckhardt, Kothari, Musuvathi and Nagarakatte, "A Randomized Scheduler with Probabilistic Guarantees of
/// Finding Bugs", 2010).
/// </para>
/// <para>
/// What a thread does between two points is whole. A thread that finds a lock taken is passed over until the one inside has moved on,
/// so a schedule ends unless the threads wait for each other for ever; then it says so. Threads that are not of a schedule are left
/// alone, and several schedules can run in one process at the same time.
/// </para>
/// </remarks>
internal sealed class SeededScheduler
{
    // A schedule of a few threads takes some hundred steps; one that takes this many goes round in a circle.
    private const int MaxSteps = 100_000;

    private static readonly Dispatcher Listener = new();

    private readonly Random _random;
    private readonly List<Actor> _actors = [];
    private readonly List<string> _trace = [];

    // Of a schedule by priorities: after how many steps one drops, on average. 0: the schedule goes by chance alone.
    private readonly int _stepsPerDrop;
    private int _lowest;
    private int _steps;
    private Exception? _failure;

    private SeededScheduler(int seed)
    {
        _random = new Random(seed);
        _stepsPerDrop = int.IsOddInteger(seed) ? _random.Next(3, 20) : 0;
    }

    /// <summary>Runs the actions to their ends in the interleaving that the seed is.</summary>
    /// <param name="seed">The interleaving.</param>
    /// <param name="actions">What each thread does.</param>
    /// <returns>The points in the order in which they were reached, for a message about what went wrong.</returns>
    /// <exception cref="AggregateException">An action threw, or the threads wait for each other for ever.</exception>
    public static IReadOnlyList<string> Run(int seed, params Action[] actions)
    {
        YieldPoint.Listener = Listener;
        var scheduler = new SeededScheduler(seed);
        scheduler.RunAll(actions);
        return scheduler._failure is null
            ? scheduler._trace
            : throw new AggregateException($"seed {seed}, {string.Join(" > ", scheduler._trace.TakeLast(40))}", scheduler._failure);
    }

    private void RunAll(Action[] actions)
    {
        foreach (var action in actions)
            _actors.Add(new Actor(this, _actors.Count, action) { Priority = _random.Next() });
        foreach (var actor in _actors)
            actor.Start();
        Choose().Go();
        foreach (var actor in _actors)
        {
            actor.Join();
            actor.Dispose();
        }
    }

    // The one that runs calls this; all others stand at a point.
    private Actor Choose()
    {
        var standing = _actors.Where(a => !a.IsDone).ToList();
        if (_stepsPerDrop > 0)
            return standing.MaxBy(a => a.Priority)!;
        return standing[_random.Next(standing.Count)];
    }

    private void Step(Actor actor, string point)
    {
        _trace.Add($"{actor.Number}:{point}");
        if (++_steps > MaxSteps)
        {
            _failure ??= new TimeoutException("the threads wait for each other for ever");
            throw new OperationCanceledException("the schedule was given up");
        }

        if (_stepsPerDrop > 0 && (point == YieldPoint.LockTaken || _random.Next(_stepsPerDrop) == 0))
            actor.Priority = --_lowest;
        var next = Choose();
        if (next == actor)
            return;
        next.Go();
        actor.Stand();
    }

    private void Done(Actor actor, Exception? failure)
    {
        actor.IsDone = true;
        _trace.Add($"{actor.Number}:done");
        if (failure is not null)
            _failure ??= failure;
        if (_actors.Any(a => !a.IsDone))
            Choose().Go();
    }

    private sealed class Dispatcher : IYieldListener
    {
        public bool Reached(string point)
        {
            if (Actor.Current is not { } actor)
                return false;
            actor.Reached(point);
            return true;
        }
    }

    private sealed class Actor : IDisposable
    {
        private readonly SeededScheduler _scheduler;
        private readonly SemaphoreSlim _turn = new(0);
        private readonly Thread _thread;

        public Actor(SeededScheduler scheduler, int number, Action action)
        {
            _scheduler = scheduler;
            Number = number;
            _thread = new Thread(() => Run(action)) { IsBackground = true, Name = $"actor {number}" };
        }

        [field: ThreadStatic]
        public static Actor? Current { get; private set; }

        public int Number { get; }

        public bool IsDone { get; set; }

        public int Priority { get; set; }

        public void Start() => _thread.Start();

        public void Join() => _thread.Join();

        public void Go() => _turn.Release();

        public void Stand() => _turn.Wait();

        public void Reached(string point) => _scheduler.Step(this, point);

        private void Run(Action action)
        {
            Stand();
            Current = this;
            Exception? failure = null;
            try
            {
                action();
            }
            catch (Exception wrong)
            {
                failure = wrong;
            }

            Current = null;
            _scheduler.Done(this, failure);
        }

        public void Dispose() => _turn.Dispose();
    }
}
