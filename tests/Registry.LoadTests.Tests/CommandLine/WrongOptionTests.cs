using Registry.LoadTests.CommandLine;
using Registry.LoadTests.Verdicts;

namespace Registry.LoadTests.Tests.CommandLine;

[Collection(nameof(Alone))]
public sealed class WrongOptionTests
{
    public static TheoryData<string> Wrong =>
    [
        "",
        "--nonsense",
        "--profile nonsense",
        "--scenario nonsense",
        "--profile ci --scenario soak",
        "--scenario soak --scenario fan_out",
        "--scenario fan_out --clients none",
        "--scenario fan_out --clients 0",
        "--scenario fan_out --duration 5",
        "--scenario fan_out --interfaces -1",
        "--scenario fan_out --server nonsense",
        "--scenario fan_out --target nonsense",
        "--scenario fan_out --config /there/is/no/such/file.json",
        "--scenario reconnect_storm --target http://127.0.0.1:1",
        "--profile ci --target http://127.0.0.1:1",
    ];

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task WrongOption_IsOneLineAndExitCode2(string arguments)
    {
        var original = Console.Error;
        using var errors = new StringWriter();
        Console.SetError(errors);
        int code;
        try
        {
            code = await LoadCommandLine.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }
        finally
        {
            Console.SetError(original);
        }

        Assert.Equal((int)ExitCode.Usage, code);
        var line = Assert.Single(errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
    }
}
