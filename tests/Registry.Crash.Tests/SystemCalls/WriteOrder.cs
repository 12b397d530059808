namespace Registry.Crash.Tests.SystemCalls;

/// <summary>
/// Whether a server did things to the disk and to its sockets in the order on which durability hangs. Only what surely came before counts: a
/// call that had not returned when the next one began may have come after it.
/// </summary>
internal sealed class WriteOrder
{
    private static readonly string[] Writing = ["write", "writev", "pwrite64", "pwritev"];
    private static readonly string[] Sending = ["sendmsg", "sendto", "write", "writev"];

    private readonly IReadOnlyList<SystemCall> _calls;
    private readonly string _directory;
    private readonly List<string> _violations = [];

    private WriteOrder(IReadOnlyList<SystemCall> calls, string directory)
    {
        _calls = [.. calls.Where(call => !call.IsFailed)];
        _directory = directory;
    }

    /// <summary>What was not in order, as sentences.</summary>
    public IReadOnlyList<string> Violations => _violations;

    public int Acknowledgements { get; private set; }

    public int Segments { get; private set; }

    public int Snapshots { get; private set; }

    public int Deletions { get; private set; }

    /// <summary>Looks at a trace.</summary>
    /// <param name="calls">The trace.</param>
    /// <param name="directory">The data directory.</param>
    /// <param name="marks">One text for each change that was acknowledged: in its record, in its answer, and nowhere else.</param>
    public static WriteOrder Check(IReadOnlyList<SystemCall> calls, string directory, IEnumerable<string> marks)
    {
        var order = new WriteOrder(calls, directory);
        foreach (var mark in marks)
            order.CheckAcknowledgement(mark);
        foreach (var segment in order.Made(".log"))
            order.CheckSegment(segment);
        order.Snapshots = order.Made(".state").Count();
        foreach (var removal in order._calls.Where(call => call.Name.StartsWith("unlink", StringComparison.Ordinal) && order.IsState(call.Path)))
            order.CheckRemoval(removal);
        return order;
    }

    private void CheckAcknowledgement(string mark)
    {
        Acknowledgements++;
        var sent = _calls.FirstOrDefault(call => Sending.Contains(call.Name) && IsSocket(call.Descriptor) && call.Arguments.Contains(mark, StringComparison.Ordinal));
        if (sent is null)
        {
            _violations.Add($"{mark} was never acknowledged");
            return;
        }

        var isDurable = _calls.Any(call => Writing.Contains(call.Name)
            && IsIn(call.Path, ".log")
            && call.Arguments.Contains(mark, StringComparison.Ordinal)
            && FirstSync(call.Path, call.Ended) is { } synced
            && synced.Ended < sent.Started);
        if (!isDurable)
            _violations.Add($"{mark} is acknowledged on line {sent.Started}, and was not written and synced before");
    }

    private void CheckSegment(SystemCall made)
    {
        Segments++;
        var writes = WritesTo(made);
        if (writes.Count < 2)
            return;
        var header = FirstSync(made.Path, writes[0].Ended);
        var name = header is null ? null : FirstSync(_directory, header.Ended);
        if (header is null || header.Ended >= writes[1].Started)
            _violations.Add($"{made.Path}: a record is written on line {writes[1].Started}, and the header was not synced before");
        else if (name is null || name.Ended >= writes[1].Started)
            _violations.Add($"{made.Path}: a record is written on line {writes[1].Started}, and its name was not synced before");
    }

    private void CheckRemoval(SystemCall removal)
    {
        Deletions++;
        var isCovered = Made(".state").Any(made =>
            made.Path != removal.Path
            && WritesTo(made) is { Count: > 0 } writes
            && FirstSync(made.Path, writes[^1].Ended) is { } content
            && FirstSync(_directory, content.Ended) is { } name
            && name.Ended < removal.Started);
        if (!isCovered)
            _violations.Add($"{removal.Path} is deleted on line {removal.Started}, and no snapshot was synced with its name before");
    }

    private IEnumerable<SystemCall> Made(string extension) =>
        _calls.Where(call => call.Name == "openat" && call.Arguments.Contains("O_CREAT", StringComparison.Ordinal) && IsIn(call.Path, extension));

    private List<SystemCall> WritesTo(SystemCall made) =>
        [.. _calls.Where(call => call.Started > made.Ended && Writing.Contains(call.Name) && call.Path == made.Path)];

    private SystemCall? FirstSync(string path, int after) =>
        _calls.Where(call => call.Name is "fsync" or "fdatasync" && call.Path == path && call.Started > after).MinBy(call => call.Ended);

    private bool IsState(string path) => IsIn(path, ".log") || IsIn(path, ".state");

    private bool IsIn(string path, string extension) =>
        path.StartsWith(_directory + "/", StringComparison.Ordinal) && path.EndsWith(extension, StringComparison.Ordinal);

    private static bool IsSocket(string descriptor) =>
        descriptor.StartsWith("socket:", StringComparison.Ordinal) || descriptor.StartsWith("TCP", StringComparison.Ordinal);
}
