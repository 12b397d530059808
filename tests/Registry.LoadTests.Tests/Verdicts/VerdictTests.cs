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
    public void TwinThatFailedAlone_BesideOthers_IsProof() =>
        Assert.Equal(ExitCode.Proven, CodeOf(Dead(ServerKind.Twin), Good(ServerKind.LockedTwin), Good(ServerKind.Registry)));

    [Fact]
    public void FlawlessRows_WithoutATwin_AreProof() => Assert.Equal(ExitCode.Proven, CodeOf(Good(ServerKind.Registry)));

    [Theory]
    [InlineData(ServerKind.Registry)]
    [InlineData(ServerKind.LockedTwin)]
    internal void ServerThatShouldStand_AndDied_Fails(ServerKind wrong) =>
        Assert.Equal(
            ExitCode.Failed,
            Verdict.Of([Dead(ServerKind.Twin), .. new[] { ServerKind.LockedTwin, ServerKind.Registry }
                .Select(k => k == wrong ? Dead(k) : Good(k))], Enough).Code);

    public static TheoryData<string> Faults => ["failure", "lost", "no audit", "hang", "promise", "stop"];

    [Theory]
    [MemberData(nameof(Faults))]
    public void EachKindOfFault_Fails(string fault)
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
    public void GeneratorsOwnWant_IsNobodyElsesFailure() =>
        Assert.Equal(ExitCode.Proven, CodeOf(Good(ServerKind.Registry) with { Outcomes = Totals(1_000, FailureKind.Generator) }));

    [Fact]
    public void TwinThatDidNotFail_ReproducesNothing() =>
        Assert.Equal(ExitCode.NotReproduced, CodeOf(Good(ServerKind.Twin), Good(ServerKind.LockedTwin), Good(ServerKind.Registry)));

    [Fact]
    public void ServerThatStood_WithLessThanTheMinimum_HadTooLittleLoad()
    {
        var good = Good(ServerKind.Registry);
        Assert.Equal(ExitCode.TooLittleLoad, CodeOf(Dead(ServerKind.Twin), good with { Outcomes = Totals(99) }));
        Assert.Equal(ExitCode.TooLittleLoad, CodeOf(Dead(ServerKind.Twin), good with { PeakRegistrations = 9 }));
        Assert.Equal(ExitCode.TooLittleLoad, CodeOf(Dead(ServerKind.Twin), good with { PeakConnections = 49 }));
    }

    [Fact]
    public void TwinThatDiesAtOnce_HasFailedAllTheSame() =>
        Assert.Equal(
            ExitCode.Proven, CodeOf(Dead(ServerKind.Twin) with { Outcomes = Totals(1), PeakConnections = 0 }, Good(ServerKind.Registry)));

    [Fact]
    public void TwinThatFails_WithNobodyBesideIt_ProvesNothing() => Assert.Equal(ExitCode.Failed, CodeOf(Dead(ServerKind.Twin)));

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
