using System.Net;
using System.Net.Sockets;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.Server.Tests.Hosting;

/// <summary>What the program says before it serves, or instead.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public async Task Help_NamesEveryOptionAndTheExitCodes()
    {
        await using var run = await RegistryProcess.RunAsync(["--help"]);

        Assert.Equal(0, await run.ExitAsync());
        var text = string.Join('\n', run.Output);
        string[] words =
            ["--grpc", "--http", "--data", "--storage", "--insecure", "--config", "--set", "--version", "healthcheck", "Exit codes"];
        foreach (var word in words)
            Assert.Contains(word, text, StringComparison.Ordinal);
        Assert.Empty(run.Errors);
    }

    [Fact]
    public async Task Version_IsOneLine()
    {
        await using var run = await RegistryProcess.RunAsync(["--version"]);

        Assert.Equal(0, await run.ExitAsync());
        Assert.Matches(@"^\d+\.\d+\.\d+$", Assert.Single(run.Output));
    }

    [Theory]
    [InlineData("--frobnicate", "--frobnicate")]
    [InlineData("serve", "serve")]
    [InlineData("--grpc", "--grpc")]
    [InlineData("--grpc nowhere", "--grpc")]
    [InlineData("--grpc 127.0.0.1:1 --grpc 127.0.0.1:2", "--grpc")]
    [InlineData("--http 127.0.0.1:99999", "--http")]
    [InlineData("--http 127.0.0.1:7400", "--http")]
    [InlineData("--storage tape", "Memory")]
    [InlineData("--data=", "--data")]
    [InlineData("--set MaxConnections", "--set 'MaxConnections'")]
    [InlineData("--set MaxConnections=-1", "Registry:MaxConnections")]
    [InlineData("--set Registry:MaxConections=1", "Registry:MaxConections")]
    [InlineData("--set Registry:Grpc:Tls:Password=x", "Certificate")]
    [InlineData("--config nowhere.json", "nowhere.json: not found")]
    [InlineData("--grpc 0.0.0.0:0", "--insecure")]
    [InlineData("healthcheck --grpc 7400", "--grpc")]
    [InlineData("healthcheck --timeout 0", "--timeout")]
    [InlineData("healthcheck --frobnicate", "--frobnicate")]
    public async Task WhatIsWrong_IsOneLineOnStderrAndExitCode2(string arguments, string named)
    {
        await using var run = await RegistryProcess.RunAsync(arguments.Split(' '));

        Assert.Equal(2, await run.ExitAsync());
        Assert.Contains(named, Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task UnknownKeyInTheEnvironment_IsReported()
    {
        await using var run = await RegistryProcess.RunAsync([], new Dictionary<string, string> { ["Registry__Grpc__Port"] = "1" });

        Assert.Equal(2, await run.ExitAsync());
        Assert.Contains("Registry:Grpc:Port", Assert.Single(run.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task BrokenConfigurationFile_IsOneLineThatNamesIt()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, """{ "Registry": { "MaxConnections": 1, } """);

            await using var run = await RegistryProcess.RunAsync(["--config", file]);

            Assert.Equal(2, await run.ExitAsync());
            Assert.Contains(file, Assert.Single(run.Errors), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    // Weakest first: file, environment, command line. Each leaves alone what the stronger ones do not mention.
    [Fact]
    public async Task Sources_OverrideEachOtherInTheDocumentedOrder()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, """
                { "Registry": { "Storage": { "Directory": "from/file" }, "MaxConnections": "bad", "ShutdownTimeout": "bad" } }
                """);

            await using var server = await RegistryProcess.StartAsync(
                ["--config", file, "--set", "ShutdownTimeout=00:00:01"],
                new Dictionary<string, string> { ["Registry__MaxConnections"] = "7", ["Registry__ShutdownTimeout"] = "bad" },
                hasDataDirectory: false);

            Assert.EndsWith("data " + Path.Combine(server.WorkingDirectory, "from", "file"), server.StartLine, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Localhost_IsServedOnBothLoopbackAddresses()
    {
        // The two addresses need the same port, so the system can't choose it here: take two that are free right now.
        using var grpc = new TcpListener(IPAddress.Loopback, 0);
        using var http = new TcpListener(IPAddress.Loopback, 0);
        grpc.Start();
        http.Start();
        var (grpcPort, httpPort) = (((IPEndPoint)grpc.LocalEndpoint).Port, ((IPEndPoint)http.LocalEndpoint).Port);
        grpc.Stop();
        http.Stop();

        await using var server = await RegistryProcess.StartAsync(["--grpc", $"localhost:{grpcPort}", "--http", $"localhost:{httpPort}"]);

        await using var run = await RegistryProcess.RunAsync(["healthcheck", "--timeout", "30", "--grpc", $"127.0.0.1:{grpcPort}"]);
        Assert.Equal(0, await run.ExitAsync());
        Assert.Equal("localhost", server.GrpcAddress.Host);
    }
}
