using System.Diagnostics;

namespace Registry.TestKit.Linearizability;

/// <summary>
/// Says whether a concurrent history can be explained by its operations having happened one after the other, each at some moment between
/// its call and its answer.
/// </summary>
/// <remarks>
/// <para>
/// The search of Wing and Gong in the form that Lowe gave it. Calls and answers stand in one list, in the order of their times. From the
/// front: a call whose operation the model allows in the present state is taken out together with its answer, and the search begins at
/// the front again. An answer at the front whose call is still in the list means that an operation which must have happened by now was not
/// chosen: the last choice is taken back, and the next call after it is tried. An empty list is an explanation.
/// </para>
/// <para>
/// The number of orders grows beyond all bounds; what keeps the search small is the memory of (set of operations taken, state): the second
/// way to the same pair needs no second search. Where the model leaves several states open, each is a choice of its own.
/// </para>
/// <para>
/// An operation without an answer has its answer at the end of time: it may be taken at any moment after its call, and last of all, where
/// nobody sees its effect, which is the same as never.
/// </para>
/// </remarks>
public static class LinearizabilityChecker
{
    // How many choices are tried between two looks at the clock.
    private const int ChoicesPerGlance = 256;

    /// <summary>Checks one history.</summary>
    /// <param name="model">What is right.</param>
    /// <param name="history">The operations of all clients, in any order. Reads without an answer are left out.</param>
    /// <param name="timeBox">After this time the answer is Unknown, which is not Ok.</param>
    public static CheckResult<T> Check<TState, T>(
        ISequentialModel<TState, T> model, IEnumerable<Operation<T>> history, TimeSpan timeBox)
        where TState : notnull, IEquatable<TState>
    {
        ArgumentNullException.ThrowIfNull(model);
        Operation<T>[] operations = [.. history.Where(o => !(o.IsUnknown && model.IsRead(o.What))).OrderBy(o => o.Call)];
        var over = Stopwatch.GetTimestamp() + (long)(timeBox.TotalSeconds * Stopwatch.Frequency);
        var search = new Search<TState, T>(model, operations, over);
        var verdict = search.Run();
        return verdict == Verdict.Violated
            ? new CheckResult<T>(verdict, search.Longest, ShortestFailingPrefix(model, operations, over))
            : new CheckResult<T>(verdict, search.Longest, []);
    }

    // A history that can be explained stays so when its end is cut off, so the cut can be searched for by halves. What had been called and
    // not answered at the cut has an unknown outcome.
    private static Operation<T>[] ShortestFailingPrefix<TState, T>(ISequentialModel<TState, T> model, Operation<T>[] operations, long over)
        where TState : notnull, IEquatable<TState>
    {
        long[] cuts = [.. operations.Select(o => o.Return).Where(time => time != Operation<T>.Never).Order()];
        int low = 0, high = cuts.Length - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (new Search<TState, T>(model, Cut(model, operations, cuts[middle]), over).Run() == Verdict.Violated)
                high = middle;
            else
                low = middle + 1;
        }

        return cuts.Length == 0 ? operations : Cut(model, operations, cuts[high]);
    }

    private static Operation<T>[] Cut<TState, T>(ISequentialModel<TState, T> model, Operation<T>[] operations, long time)
        where TState : notnull, IEquatable<TState> =>
        [.. operations.Where(o => o.Call <= time)
            .Select(o => o.Return <= time ? o : o with { Return = Operation<T>.Never })
            .Where(o => !(o.IsUnknown && model.IsRead(o.What)))];

    private sealed class Search<TState, T>
        where TState : notnull, IEquatable<TState>
    {
        private readonly ISequentialModel<TState, T> _model;
        private readonly Operation<T>[] _operations;
        private readonly long _over;
        private readonly Entry _head = new(-1, null);
        private readonly HashSet<(OperationSet Taken, TState State)> _seen = [];
        private readonly Stack<Choice> _choices = new();
        private readonly OperationSet _taken;

        public Search(ISequentialModel<TState, T> model, Operation<T>[] operations, long over)
        {
            _model = model;
            _operations = operations;
            _over = over;
            _taken = new OperationSet(operations.Length);
            Link();
        }

        /// <summary>The longest explanation that was found.</summary>
        public IReadOnlyList<Operation<T>> Longest { get; private set; } = [];

        public Verdict Run()
        {
            var state = _model.Initial;
            var entry = _head.Next;
            IEnumerator<TState>? steps = null;
            for (var tried = 0; entry is not null; tried++)
            {
                if (tried % ChoicesPerGlance == 0 && Stopwatch.GetTimestamp() > _over)
                    return Verdict.Unknown;

                if (entry.Answer is null)
                {
                    // An answer, and its operation was not taken.
                    if (_choices.Count == 0)
                        return Verdict.Violated;
                    var last = _choices.Pop();
                    PutBack(last.Entry);
                    (entry, state, steps) = (last.Entry, last.Before, last.Steps);
                }

                steps ??= _model.Step(state, _operations[entry.Operation]).GetEnumerator();
                if (TryTake(entry, steps, out var next))
                {
                    _choices.Push(new Choice(entry, state, steps));
                    state = next!;
                    if (_choices.Count > Longest.Count)
                        Longest = [.. _choices.Reverse().Select(c => _operations[c.Entry.Operation])];
                    entry = _head.Next;
                }
                else
                {
                    entry = entry.Next;
                }

                steps = null;
            }

            return Verdict.Ok;
        }

        // Takes the operation with the next state that the model allows and that leads somewhere new.
        private bool TryTake(Entry entry, IEnumerator<TState> steps, out TState? next)
        {
            while (steps.MoveNext())
            {
                next = steps.Current;
                _taken.Add(entry.Operation);
                if (_seen.Add((_taken.Copy(), next)))
                {
                    entry.TakeOut();
                    entry.Answer!.TakeOut();
                    return true;
                }

                _taken.Remove(entry.Operation);
            }

            next = default;
            return false;
        }

        private void PutBack(Entry entry)
        {
            _taken.Remove(entry.Operation);
            entry.Answer!.PutBack();
            entry.PutBack();
        }

        // Calls before answers at equal times: two operations that touch may have overlapped.
        private void Link()
        {
            var entries = new List<(long Time, bool IsAnswer, Entry Entry)>();
            for (var i = 0; i < _operations.Length; i++)
            {
                var answer = new Entry(i, null);
                entries.Add((_operations[i].Call, false, new Entry(i, answer)));
                entries.Add((_operations[i].Return, true, answer));
            }

            var last = _head;
            foreach (var (_, _, entry) in entries.OrderBy(e => e.Time).ThenBy(e => e.IsAnswer))
            {
                last.Next = entry;
                entry.Previous = last;
                last = entry;
            }
        }

        private readonly record struct Choice(Entry Entry, TState Before, IEnumerator<TState> Steps);
    }

    /// <summary>A call, or (without <paramref name="answer"/>) an answer. Taken out it still knows its neighbours, and so its way back.</summary>
    private sealed class Entry(int operation, Entry? answer)
    {
        public int Operation { get; } = operation;

        public Entry? Answer { get; } = answer;

        public Entry? Next { get; set; }

        public Entry? Previous { get; set; }

        public void TakeOut()
        {
            Previous!.Next = Next;
            if (Next is not null)
                Next.Previous = Previous;
        }

        public void PutBack()
        {
            Previous!.Next = this;
            if (Next is not null)
                Next.Previous = this;
        }
    }
}
