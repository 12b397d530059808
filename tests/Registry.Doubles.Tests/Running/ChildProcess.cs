using System.Diagnostics;

namespace Registry.Doubles.Tests.Running;

/// <summary>Runs a program to its end, or to a deadline, after which it is ended with all that it started.</summary>
internal static class ChildProcess
{
    /// <summary>The host that runs this process runs the others as well.</summary>
    public static string DotNet { get; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";

    public static async Task<Ended> RunAsync(string program, IEnumerable<string> arguments, string folder, TimeSpan deadline)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What the test platform tells its own children is not meant for these.
        foreach (var name in start.Environment.Keys.Where(static n => n.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || n.StartsWith("TESTINGPLATFORM", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_NOLOGO"] = "1";

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var patience = new CancellationTokenSource(deadline);
        var isHung = false;
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            isHung = true;
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }

        return new Ended(process.ExitCode, isHung, await output);
    }

    /// <summary>How it ended.</summary>
    /// <param name="ExitCode">Of no use if it was hung.</param>
    /// <param name="IsHung">It was ended at the deadline.</param>
    /// <param name="Output">Standard output, standard error.</param>
    internal sealed record Ended(int ExitCode, bool IsHung, string[] Output)
    {
        public override string ToString() => $"{(IsHung ? "ended at the deadline" : $"exit code {ExitCode}")}{Environment.NewLine}{string.Join(Environment.NewLine, Output)}";
    }
}
