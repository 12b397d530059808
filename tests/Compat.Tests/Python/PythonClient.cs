using System.Diagnostics;
using System.Text.Json;
using Registry.Compat.Tests.Harness;
using Xunit;

namespace Registry.Compat.Tests.Python;

/// <summary>Runs <c>probe_client.py</c> with Debian's Python, whose gRPC library is made from the C core.</summary>
internal static class PythonClient
{
    private const string Interpreter = "/usr/bin/python3";

    private static readonly Lazy<Task<string?>> WhyNot = new(FindOutAsync);

    /// <summary>Makes one call and returns what the client saw. Skips the test when the client is not installed.</summary>
    public static async Task<PythonResult> CallAsync(string target, string scenario, string argument = "", string certificate = "")
    {
        if (await WhyNot.Value is { } reason)
            Assert.Skip(reason);
        var script = Path.Combine(AppContext.BaseDirectory, "Python", "probe_client.py");
        var (exitCode, output, errors) = await RunAsync(certificate, script, target, scenario, argument);
        Assert.True(exitCode == 0, $"The client ended with {exitCode}: {errors}");
        return JsonSerializer.Deserialize<PythonResult>(output, JsonSerializerOptions.Web)!;
    }

    private static async Task<string?> FindOutAsync()
    {
        if (!File.Exists(Interpreter))
            return $"There is no {Interpreter}, so there is no client to run.";
        var (exitCode, _, errors) = await RunAsync("", "-c", "import grpc");
        // Whatever else may be wrong with it is a failure for the tests to show, not a reason to skip them.
        return exitCode != 0 && errors.Contains("No module named 'grpc'", StringComparison.Ordinal)
            ? "Python's gRPC library is not installed (Debian: python3-grpcio), so there is no client to run."
            : null;
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string input, params string[] arguments)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(Interpreter, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.Start();
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            limit.CancelAfter(Limits.Wait);
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
