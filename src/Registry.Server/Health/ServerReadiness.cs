namespace Registry.Server.Health;

/// <summary>Whether the server can do its work.</summary>
internal enum ServerState
{
    /// <summary>Alive, but what it would answer is not to be trusted yet, or no more.</summary>
    NotReady,

    /// <summary>Serving.</summary>
    Ready,

    /// <summary>On its way out. Final.</summary>
    ShuttingDown,
}

/// <summary>
/// The one place that knows whether the server is ready, for probes and for services that refuse work when it is not. Reading is
/// one field; who wants to follow awaits <see cref="Stage.Replaced"/> and thereby never misses a change, because a stage is
/// replaced exactly once and names its successor.
/// </summary>
internal sealed class ServerReadiness
{
    // Guards _untouched, and _current against two writers; readers take no lock. Nothing is called under it: a stage's
    // continuations run elsewhere.
    private readonly Lock _gate = new();
    private volatile Stage _current = new(ServerState.NotReady, "starting");
    private bool _untouched = true;

    /// <summary>How things stand now. Safe from any thread.</summary>
    public Stage Current => _current;

    /// <summary>Everything has started: ready, unless somebody has already found a reason against it.</summary>
    public void MarkStarted() => MoveTo(ServerState.Ready, "ready", onlyIfUntouched: true);

    /// <summary>The server can do its work. Nothing happens if it is shutting down.</summary>
    public void MarkReady() => MoveTo(ServerState.Ready, "ready");

    /// <summary>The server can't do its work, for a reason that is shown to whoever asks. Nothing happens if it is shutting down.</summary>
    public void MarkNotReady(string reason) => MoveTo(ServerState.NotReady, reason);

    /// <summary>The server goes away. Final.</summary>
    public void BeginShutdown() => MoveTo(ServerState.ShuttingDown, "shutting down");

    private void MoveTo(ServerState state, string reason, bool onlyIfUntouched = false)
    {
        lock (_gate)
        {
            var last = _current;
            if (last.State == ServerState.ShuttingDown || (last.State == state && last.Reason == reason))
                return;
            if (onlyIfUntouched && !_untouched)
                return;

            var next = new Stage(state, reason);
            _untouched = false;
            _current = next;
            last.ReplaceBy(next);
        }
    }

    /// <summary>A state, from the moment it was entered until the next.</summary>
    internal sealed class Stage(ServerState state, string reason)
    {
        private readonly TaskCompletionSource<Stage> _replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The state.</summary>
        public ServerState State => state;

        /// <summary>Why, in a few words.</summary>
        public string Reason => reason;

        /// <summary>Completes with the stage that follows this one.</summary>
        public Task<Stage> Replaced => _replaced.Task;

        internal void ReplaceBy(Stage next) => _replaced.SetResult(next);
    }
}
