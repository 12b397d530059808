using Registry.LoadMeasuring;
using Registry.LoadTests.Failures;
using Registry.LoadTests.Running;
using Registry.LoadTests.Servers;
using Registry.LoadTests.Verdicts;

namespace Registry.LoadTests.Tests.Verdicts;

public sealed class VerdictTests
{
    private static readonly Minimum Enough = new(Attempts: 100, Registrations: 10, Connections: 50);

    [Fact]
    public void Proven_when_the_twin_failed_and_nobody_else() =>
        Assert.Equal(ExitCode.Proven, CodeOf(Dead(ServerKind.Twin), Good(ServerKind.LockedTwin), Good(ServerKind.Registry)));

    [Fact]
    public void Proven_without_a_twin_when_all_is_flawless() => Assert.Equal(ExitCode.Proven, CodeOf(Good(ServerKind.Registry)));

    [Theory]
    [InlineData(ServerKind.Registry)]
    [InlineData(ServerKind.LockedTwin)]
    internal void Failed_when_one_that_should_stand_died(ServerKind wrong) =>
        Assert.Equal(
            ExitCode.Failed,
            Verdict.Of([Dead(ServerKind.Twin), .. new[] { ServerKind.LockedTwin, ServerKind.Registry }
                .Select(k => k == wrong ? Dead(k) : Good(k))], Enough).Code);

    public static TheoryData<string> Faults => ["failure", "lost", "no audit", "hang", "promise", "stop"];

    [Theory]
    [MemberData(nameof(Faults))]
    public void Failed_by_each_kind_of_fault(string fault)
    {
        var good = Good(ServerKind.Registry);
        var row = fault switch
        {
            "failure" => good with { Outcomes = Totals(1_000, FailureKind.WrongAnswer) },
            "lost" => good with { Audit = new AuditResult(1, 0, 0, 0, 0, ["x"]) },
            "no audit" => good with { Audit = null },
            "hang" => good with { Hang = "silent" },
            "promise" => good with { BrokenPromises = ["Ordered: no."] },
            _ => good with { StopProblem = "would not end" },
        };
        Assert.Equal(ExitCode.Failed, CodeOf(Dead(ServerKind.Twin), row));
    }

    [Fact]
    public void The_generators_own_want_is_nobody_elses_failure() =>
        Assert.Equal(ExitCode.Proven, CodeOf(Good(ServerKind.Registry) with { Outcomes = Totals(1_000, FailureKind.Generator) }));

    [Fact]
    public void Not_reproduced_when_the_twin_did_not_fail() =>
        Assert.Equal(ExitCode.NotReproduced, CodeOf(Good(ServerKind.Twin), Good(ServerKind.LockedTwin), Good(ServerKind.Registry)));

    [Fact]
    public void Too_little_load_when_one_that_stood_had_less_than_the_minimum()
    {
        var good = Good(ServerKind.Registry);
        Assert.Equal(ExitCode.TooLittleLoad, CodeOf(Dead(ServerKind.Twin), good with { Outcomes = Totals(99) }));
        Assert.Equal(ExitCode.TooLittleLoad, CodeOf(Dead(ServerKind.Twin), good with { PeakRegistrations = 9 }));
        Assert.Equal(ExitCode.TooLittleLoad, CodeOf(Dead(ServerKind.Twin), good with { PeakConnections = 49 }));
    }

    [Fact]
    public void A_twin_that_dies_at_once_has_failed_all_the_same() =>
        Assert.Equal(
            ExitCode.Proven, CodeOf(Dead(ServerKind.Twin) with { Outcomes = Totals(1), PeakConnections = 0 }, Good(ServerKind.Registry)));

    [Fact]
    public void A_twin_that_fails_alone_proves_nothing() => Assert.Equal(ExitCode.Failed, CodeOf(Dead(ServerKind.Twin)));

    private static ExitCode CodeOf(params RowResult[] rows) => Verdict.Of(rows, Enough).Code;

    private static RowResult Good(ServerKind kind) => new()
    {
        Scenario = "s",
        Server = ServerUnderLoad.NameOf(kind),
        Clients = "c",
        Outcomes = Totals(1_000),
        Latency = new LatencyHistogram(),
        Duration = TimeSpan.FromSeconds(1),
        PeakRegistrations = 20,
        PeakConnections = 100,
        Audit = AuditResult.Clean,
    };

    private static RowResult Dead(ServerKind kind) => Good(kind) with { Death = "exit code 134", Audit = null };

    private static OutcomeTotals Totals(long begun, FailureKind? failed = null) => failed is { } kind
        ? new(begun, begun - 1, 1, new Dictionary<string, long> { [kind.ToString()] = 1 })
        : new(begun, begun, 0, new Dictionary<string, long>());
}
