using Registry.LoadTests.Servers;

namespace Registry.LoadTests.Tests.Servers;

public sealed class LastWordsTests
{
    private const string Call = "2026-11-20T16:00:00.000Z fail: Registry.Server[1] A call failed System.IO.IOException: reset";
    private const string Broken = "2026-11-20T16:00:01.000Z crit: Registry.Server.Hosting.RegistryKeeper[1] A part of the registry has broken";
    private const string Unhandled = "Unhandled exception. System.InvalidOperationException: no";
    private const string Trace = "   at System.ThrowHelper.ThrowInvalidOperationException()";

    public static TheoryData<string[], string> Deaths => new()
    {
        { [Call, Broken + Trace, "Aborted"], Broken },
        { [Call, Unhandled, Trace], Unhandled },
        { [Call, "2026-11-20T16:00:02.000Z info: stopped"], Call },
        { ["Aborted", "Killed"], "Killed" },
        { [], "no last words" },
    };

    [Theory]
    [MemberData(nameof(Deaths))]
    public void LastWords_AreWhatEndedTheServer_AndNotWhatCameBeforeOrAfter(string[] lines, string words) =>
        Assert.Equal(words, ServerUnderLoad.LastWords([.. lines]));
}
