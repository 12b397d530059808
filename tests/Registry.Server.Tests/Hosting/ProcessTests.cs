using System.Net;
using Registry.Server.Tests.Ports;
using Registry.TestKit.Hosting;
using Xunit;

namespace Registry.Server.Tests.Hosting;

/// <summary>What whoever starts, probes and stops the process relies on.</summary>
public sealed class ProcessTests
{
    // With nothing to wait for, a stop is a matter of milliseconds; the default ShutdownTimeout would be 25 s.
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Start_IsOneLineOnStdoutThatNamesTheBoundAddresses()
    {
        await using var server = await RegistryProcess.StartAsync();

        Assert.NotEqual(0, server.GrpcAddress.Port);
        Assert.NotEqual(0, server.HttpAddress.Port);
        using var http = new HttpClient { BaseAddress = server.HttpAddress };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/readyz")).StatusCode);

        server.Signal(ProcessSignal.Terminate);
        Assert.Equal(0, await server.ExitAsync(Prompt));
        Assert.Equal(
            $"Registry 0.1.0 serving: grpc {Bare(server.GrpcAddress)}, http {Bare(server.HttpAddress)}, storage disk, "
            + $"data {server.DataDirectory}",
            Assert.Single(server.Output));
        Assert.Empty(server.Errors);
        Assert.Empty(Directory.EnumerateFileSystemEntries(server.WorkingDirectory));
    }

    [Fact]
    public async Task MemoryMode_NamesNoDirectory_AndTouchesNone()
    {
        await using var server = await RegistryProcess.StartAsync(["--storage", "memory"]);

        Assert.EndsWith("storage memory", server.StartLine, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(server.DataDirectory));
    }

    // Where it is on other systems, .NET's documentation of LocalApplicationData says.
    [Fact]
    public async Task DataDirectory_IsNotInTheWorkingDirectoryByDefault()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only on Linux a variable moves the user's data elsewhere for a test");
        var home = Directory.CreateTempSubdirectory("registry-home-").FullName;
        try
        {
            await using var server = await RegistryProcess.StartAsync(
                environment: new Dictionary<string, string> { ["XDG_DATA_HOME"] = home }, hasDataDirectory: false);

            Assert.EndsWith($"storage disk, data {Path.Combine(home, "registry")}", server.StartLine, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFileSystemEntries(server.WorkingDirectory));
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    [Fact]
    public async Task SecondStartOnTheSamePort_IsOneLineAndExitCode1()
    {
        await using var first = await RegistryProcess.StartAsync();

        await using var onGrpc = await RegistryProcess.RunAsync(["--grpc", first.GrpcAddress.Authority, "--http", "127.0.0.1:0"]);
        await using var onHttp = await RegistryProcess.RunAsync(["--grpc", "127.0.0.1:0", "--http", first.HttpAddress.Authority]);

        await AssertCouldNotStartAsync(onGrpc, first.GrpcAddress.Authority);
        await AssertCouldNotStartAsync(onHttp, first.HttpAddress.Authority);
    }

    // 192.0.2.0/24 belongs to documentation, so to no machine.
    [Fact]
    public async Task AddressOfAnotherMachine_IsOneLineAndExitCode1()
    {
        await using var run = await RegistryProcess.RunAsync(["--insecure", "--grpc", "192.0.2.1:7400", "--http", "127.0.0.1:0"]);

        await AssertCouldNotStartAsync(run, "192.0.2.1:7400");
    }

    [Fact]
    public async Task DataDirectoryThatIsAFile_IsOneLineAndExitCode1()
    {
        var file = Path.GetTempFileName();
        try
        {
            await using var itself = await RegistryProcess.RunAsync(["--data", file]);
            await using var below = await RegistryProcess.RunAsync(["--data", Path.Combine(file, "data")]);

            await AssertCouldNotStartAsync(itself, file);
            await AssertCouldNotStartAsync(below, file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Terminate_EndsPromptlyWhateverIsOpen()
    {
        await using var server = await RegistryProcess.StartAsync();
        using var channel = Grpc.Net.Client.GrpcChannel.ForAddress(server.GrpcAddress);
        using var watch = new Protocol.Health.V1.Health.HealthClient(channel).Watch(new());
        Assert.True(await watch.ResponseStream.MoveNext(default));
        using var reflection = new Protocol.Reflection.V1.ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo();
        await reflection.RequestStream.WriteAsync(new() { ListServices = "" });
        Assert.True(await reflection.ResponseStream.MoveNext(default));
        using var keepAlive = new HttpClient { BaseAddress = server.HttpAddress };
        await keepAlive.GetAsync("/livez");
        using var silentOnGrpc = await RawClient.ConnectAsync(server.GrpcAddress);
        using var silentOnHttp = await RawClient.ConnectAsync(server.HttpAddress);
        using var lost = await RawClient.ConnectAsync(server.HttpAddress);
        await lost.SendAsync(RawClient.Http2Preface);
        await lost.ReadAsync(9, "answer to a lost client");

        server.Signal(ProcessSignal.Terminate);

        Assert.Equal(0, await server.ExitAsync(Prompt));
        Assert.Empty(server.Errors);
    }

    // Its window is closed, so the end of its stream can't be sent, and it says nothing more.
    [Fact]
    public async Task ClientThatReadsNothing_IsCutAtTheShutdownTimeout()
    {
        await using var server = await RegistryProcess.StartAsync(["--set", "ShutdownTimeout=00:00:01"]);
        using var client = await RawClient.ConnectAsync(server.GrpcAddress);
        await client.SendAsync(RawClient.Http2Preface);
        await client.SendAsync(RawClient.NoWindow);
        await client.SendAsync(RawClient.Call("/grpc.health.v1.Health/Watch", [0, 0, 0, 0, 0]));
        await client.FrameAsync(1, "the headers of the answer");

        server.Signal(ProcessSignal.Terminate);

        Assert.Equal(0, await server.ExitAsync(Prompt));
        Assert.Empty(server.Errors);
    }

    // It answers no GOAWAY and closes nothing, as if its machine had lost power.
    [Fact]
    public async Task ClientThatVanished_DoesNotDelayTheStop()
    {
        await using var server = await RegistryProcess.StartAsync();
        using var client = await RawClient.ConnectAsync(server.GrpcAddress);
        await client.SendAsync(RawClient.Http2Preface);
        await client.SendAsync(RawClient.EmptySettings);
        await client.SendAsync(RawClient.Call("/grpc.health.v1.Health/Watch", [0, 0, 0, 0, 0]));
        await client.FrameAsync(0, "the first status");

        server.Signal(ProcessSignal.Terminate);

        Assert.Equal(0, await server.ExitAsync(Prompt));
        Assert.Empty(server.Errors);
    }

    [Fact]
    public async Task HealthCheck_FollowsTheServer()
    {
        await using var server = await RegistryProcess.StartAsync();
        var address = server.GrpcAddress.Authority;

        await AssertHealthAsync(0, $"http://{address}: serving", "--grpc", address);
        await AssertHealthAsync(
            0, $"http://{address} registry.v1.Discovery: serving", "--grpc", $"http://{address}", "--service", "registry.v1.Discovery");
        await AssertHealthAsync(1, $"http://{address} nobody: NotFound", "--grpc", address, "--service", "nobody");
        await AssertHealthAsync(1, "This is the HTTP port. gRPC is at http://" + address, "--grpc", server.HttpAddress.Authority);

        // Stopped: it accepts connections, in the kernel, and says nothing.
        server.Signal(ProcessSignal.Stop);
        await AssertHealthAsync(1, "DeadlineExceeded", "--grpc", address, "--timeout", "0.5");
        server.Signal(ProcessSignal.Continue);
        await AssertHealthAsync(0, "serving", "--grpc", address);

        server.Signal(ProcessSignal.Kill);
        await server.ExitAsync();
        await AssertHealthAsync(1, "Connection refused", "--grpc", address);
    }

    [Fact]
    public async Task HealthCheck_FindsTheServerByTheServersConfiguration()
    {
        await using var server = await RegistryProcess.StartAsync();

        await using var run = await RegistryProcess.RunAsync(
            ["healthcheck", "--timeout", "30"],
            new Dictionary<string, string> { ["Registry__Grpc__Address"] = $"0.0.0.0:{server.GrpcAddress.Port}" });

        Assert.Equal(0, await run.ExitAsync());
    }

    [Fact]
    public async Task WildcardAddress_IsServedWhenToldThatItIsMeant()
    {
        await using var server = await RegistryProcess.StartAsync(["--insecure", "--grpc", "*:0", "--http", "0.0.0.0:0"]);

        Assert.Contains("grpc http://*:", server.StartLine, StringComparison.Ordinal);
        Assert.DoesNotContain(":0,", server.StartLine, StringComparison.Ordinal);
    }

    private static async Task AssertCouldNotStartAsync(RegistryProcess run, string named)
    {
        Assert.Equal(1, await run.ExitAsync());
        Assert.Contains(named, Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    private static async Task AssertHealthAsync(int code, string said, params string[] arguments)
    {
        // The command's own 3 s are short for a machine that does other things too.
        string[] patience = arguments.Contains("--timeout") ? [] : ["--timeout", "30"];
        await using var run = await RegistryProcess.RunAsync(["healthcheck", .. arguments, .. patience]);

        Assert.Contains(said, Assert.Single(run.Output), StringComparison.Ordinal);
        Assert.Equal(code, await run.ExitAsync());
        Assert.Empty(run.Errors);
    }

    private static string Bare(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
