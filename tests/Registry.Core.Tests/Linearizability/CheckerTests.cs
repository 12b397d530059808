using Registry.TestKit.Linearizability;
using Xunit;

namespace Registry.Core.Tests.Linearizability;

/// <summary>The checker itself, on histories whose answer is known.</summary>
[Trait("Suite", "Linearizability")]
public sealed class CheckerTests
{
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(30);

    [Fact]
    public void NothingAtAll_IsOk() => Assert.Equal(Verdict.Ok, Check().Verdict);

    [Fact]
    public void OneAfterTheOther_IsOk() => Assert.Equal(Verdict.Ok, Check(Write(1, 0, 1), Read(1, 2, 3), Write(2, 4, 5), Read(2, 6, 7)).Verdict);

    [Fact]
    public void StaleRead_IsViolated() => Assert.Equal(Verdict.Violated, Check(Write(1, 0, 1), Write(2, 2, 3), Read(1, 4, 5)).Verdict);

    [Fact]
    public void ReadDuringAWrite_MaySeeEither()
    {
        Assert.Equal(Verdict.Ok, Check(Write(1, 0, 10), Read(0, 2, 3), Read(1, 4, 5)).Verdict);
        Assert.Equal(Verdict.Ok, Check(Write(1, 0, 10), Read(1, 2, 3), Read(1, 4, 5)).Verdict);
    }

    [Fact]
    public void ReadsDuringAWrite_MayNotSeeTheNewAndThenTheOld() =>
        Assert.Equal(Verdict.Violated, Check(Write(1, 0, 10), Read(1, 2, 3), Read(0, 4, 5)).Verdict);

    [Fact]
    public void TwoReaders_MayNotSeeTwoWritesInDifferentOrders() =>
        Assert.Equal(Verdict.Violated, Check(Write(1, 0, 20), Write(2, 0, 20), Read(1, 1, 2), Read(2, 3, 4), Read(1, 5, 6)).Verdict);

    [Fact]
    public void EqualTimes_MayHaveOverlapped()
    {
        Assert.Equal(Verdict.Ok, Check(Write(1, 0, 5), Read(0, 5, 6)).Verdict);
        Assert.Equal(Verdict.Violated, Check(Write(1, 0, 5), Read(0, 6, 7)).Verdict);
    }

    [Fact]
    public void WriteWithoutAnAnswer_MayHappenLate_OrNever()
    {
        const long never = Operation<Register>.Never;
        Assert.Equal(Verdict.Ok, Check(Write(1, 0, never), Read(0, 2, 3), Read(0, 4, 5)).Verdict);
        Assert.Equal(Verdict.Ok, Check(Write(1, 0, never), Read(0, 2, 3), Read(1, 4, 5)).Verdict);
        Assert.Equal(Verdict.Violated, Check(Write(1, 3, never), Read(1, 1, 2)).Verdict);
        Assert.Equal(Verdict.Violated, Check(Write(1, 0, never), Read(1, 2, 3), Read(0, 4, 5)).Verdict);
    }

    [Fact]
    public void ReadWithoutAnAnswer_SaysNothing() => Assert.Equal(Verdict.Ok, Check(Write(1, 0, 1), Read(7, 2, Operation<Register>.Never)).Verdict);

    // Herlihy and Wing's queue: x and y are put in at once, so either may come out first, but not the one that was put in last.
    [Fact]
    public void Queue_OverlappingPuts_ComeOutInEitherOrder()
    {
        Assert.Equal(Verdict.Ok, CheckQueue(Put('x', 0, 5), Put('y', 1, 4), Take('y', 6, 7), Take('x', 8, 9)).Verdict);
        Assert.Equal(Verdict.Ok, CheckQueue(Put('x', 0, 5), Put('y', 1, 4), Take('x', 6, 7), Take('y', 8, 9)).Verdict);
    }

    [Fact]
    public void Queue_PutsOneAfterTheOther_DoNotComeOutTheOtherWay() =>
        Assert.Equal(Verdict.Violated, CheckQueue(Put('x', 0, 1), Put('y', 2, 3), Take('y', 4, 5), Take('x', 6, 7)).Verdict);

    [Fact]
    public void Queue_WhatWasTakenOnce_IsNotTakenTwice() =>
        Assert.Equal(Verdict.Violated, CheckQueue(Put('x', 0, 9), Take('x', 1, 5), Take('x', 2, 6)).Verdict);

    [Fact]
    public void TimeOver_IsUnknown_AndNotOk()
    {
        // Fourteen writes at once and a read of what nobody wrote: every order has to be tried before the answer is no.
        Operation<Register>[] hard = [.. Enumerable.Range(1, 14).Select(i => Write(i, 0, 100)), Read(99, 101, 102)];
        Assert.Equal(Verdict.Unknown, LinearizabilityChecker.Check(new RegisterModel(), hard, TimeSpan.FromTicks(-1)).Verdict);
        Assert.Equal(Verdict.Violated, LinearizabilityChecker.Check(new RegisterModel(), hard, Enough).Verdict);
    }

    [Fact]
    public void Violated_NamesTheShortestBeginningThatFails()
    {
        Operation<Register>[] history =
        [
            Write(1, 0, 1), Read(1, 2, 3), Write(2, 4, 20), Read(2, 5, 6), Read(1, 7, 8), .. Enumerable.Range(10, 30).Select(i => Read(2, (i * 2) + 10, (i * 2) + 11)),
        ];

        var result = Check(history);

        Assert.Equal(Verdict.Violated, result.Verdict);
        Assert.Equal(5, result.FailingPrefix.Count);
        Assert.Equal(8, result.FailingPrefix.Where(o => !o.IsUnknown).Max(o => o.Return));
        Assert.Contains(result.FailingPrefix, o => o.What == new Register(true, 2) && o.IsUnknown);
        Assert.Contains("shortest beginning", result.ToString(), StringComparison.Ordinal);
        Assert.Equal(Verdict.Violated, Check([.. result.FailingPrefix]).Verdict);
        Assert.Equal(Verdict.Ok, Check([.. result.FailingPrefix.Where(o => o.Return != 8)]).Verdict);
    }

    [Fact]
    public void EveryOrderOfFewOperations_AgreesWithTryingAllPermutations()
    {
        // An oracle that is slow and plainly right: all orders, and the real-time rule between each two.
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var verdicts = new int[2];
        for (var i = 0; i < 3_000; i++)
        {
            Operation<Register>[] history = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ =>
            {
                var call = random.Next(12);
                var isWrite = random.Next(2) == 0;
                var @return = isWrite && random.Next(6) == 0 ? Operation<Register>.Never : call + random.Next(1, 6);
                return new Operation<Register>(new Register(isWrite, random.Next(3)), call, @return);
            })];
            var expected = Permutations(history).Any(IsExplanation);
            verdicts[expected ? 1 : 0]++;
            Assert.True((Check(history).Verdict == Verdict.Ok) == expected, $"seed {seed}, {string.Join("; ", history.AsEnumerable())}: expected {expected}");
        }

        Assert.All(verdicts, count => Assert.True(count > 100, $"seed {seed}: {verdicts[0]} violated, {verdicts[1]} fine"));
    }

    private static bool IsExplanation(IReadOnlyList<Operation<Register>> order)
    {
        var value = 0;
        for (var i = 0; i < order.Count; i++)
        {
            if (order.Skip(i + 1).Any(later => later.Return < order[i].Call))
                return false;
            if (order[i].What.IsWrite)
                value = order[i].What.Value;
            else if (order[i].What.Value != value)
                return false;
        }

        return true;
    }

    private static IEnumerable<IReadOnlyList<Operation<Register>>> Permutations(IReadOnlyList<Operation<Register>> of) => of.Count == 0
        ? [[]]
        : of.SelectMany((first, i) => Permutations([.. of.Where((_, j) => j != i)]).Select(rest => (IReadOnlyList<Operation<Register>>)[first, .. rest]));

    private static CheckResult<Register> Check(params Operation<Register>[] history) => LinearizabilityChecker.Check(new RegisterModel(), history, Enough);

    private static Operation<Register> Write(int value, long call, long @return) => new(new Register(true, value), call, @return);

    private static Operation<Register> Read(int value, long call, long @return) => new(new Register(false, value), call, @return);

    private static CheckResult<Queued> CheckQueue(params Operation<Queued>[] history) => LinearizabilityChecker.Check(new QueueModel(), history, Enough);

    private static Operation<Queued> Put(char what, long call, long @return) => new(new Queued(true, what), call, @return);

    private static Operation<Queued> Take(char what, long call, long @return) => new(new Queued(false, what), call, @return);

    private sealed record Register(bool IsWrite, int Value);

    private sealed class RegisterModel : ISequentialModel<int, Register>
    {
        public int Initial => 0;

        public bool IsRead(Register what) => !what.IsWrite;

        public IEnumerable<int> Step(int state, Operation<Register> operation) =>
            operation.What.IsWrite || operation.What.Value == state ? [operation.What.Value] : [];
    }

    private sealed record Queued(bool IsPut, char What);

    private sealed class QueueModel : ISequentialModel<string, Queued>
    {
        public string Initial => "";

        public bool IsRead(Queued what) => false;

        public IEnumerable<string> Step(string state, Operation<Queued> operation)
        {
            if (operation.What.IsPut)
                return [state + operation.What.What];
            return state.StartsWith(operation.What.What) ? [state[1..]] : [];
        }
    }
}
