using System.Globalization;
using System.Runtime.InteropServices;
using Registry.Cli.Tests.Running;
using Registry.TestKit.Hosting;

namespace Registry.Cli.Tests.EndToEnd;

/// <summary>What only a process shows: signals, pipes and exit codes.</summary>
public sealed class ProcessTests
{
    private static readonly string Boutique = Path.Combine(AppContext.BaseDirectory, "Samples", "online-boutique.json");

    [Theory]
    [InlineData(PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGTERM)]
    public async Task Both_signals_end_an_apply_in_order(PosixSignal signal)
    {
        await using var server = await RegistryHost.StartAsync();
        await using var apply = CliProcess.Start("apply", Boutique, "--server", Address(server));
        await ReadToAsync(apply, "holding");

        apply.Signal(signal);

        Assert.Equal("deregistered 27 instances of 11 applications", await apply.NextLineAsync());
        Assert.Equal(0, await apply.ExitAsync());
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGTERM)]
    public async Task Both_signals_end_an_apply_that_a_shell_started_in_the_background(PosixSignal signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "whether SIGINT is ignored is only known on Linux");
        await using var server = await RegistryHost.StartAsync();
        // A shell without job control starts what runs in the background with SIGINT ignored.
        await using var shell = CliProcess.StartShell(
            $"{CliProcess.ShellCommand} apply '{Boutique}' --server {Address(server)} & echo $!; wait $!");
        var apply = int.Parse((await shell.NextLineAsync())!, CultureInfo.InvariantCulture);
        await ReadToAsync(shell, "holding");

        CliProcess.Signal(apply, signal);

        Assert.Equal("deregistered 27 instances of 11 applications", await shell.NextLineAsync());
        Assert.Equal(0, await shell.ExitAsync());
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGTERM)]
    public async Task Both_signals_end_a_watch_with_0(PosixSignal signal)
    {
        await using var server = await RegistryHost.StartAsync();
        await using var watch = CliProcess.Start("watch", "o.O", "--server", Address(server));
        // Into a pipe, and here at once.
        await ReadToAsync(watch, "! o.O unknown");

        watch.Signal(signal);

        Assert.Equal(0, await watch.ExitAsync());
        Assert.Empty(await watch.ErrorAsync());
    }

    [Fact]
    public async Task A_watch_whose_reader_is_gone_ends_with_0()
    {
        await using var server = await RegistryHost.StartAsync();
        await using var watch = CliProcess.Start("watch", "hipstershop.AdService", "--server", Address(server));
        await ReadToAsync(watch, "unknown");
        watch.CloseOutput();

        await using var apply = CliProcess.Start("apply", Boutique, "--server", Address(server));

        Assert.Equal(0, await watch.ExitAsync());
        Assert.Empty(await watch.ErrorAsync());
    }

    [Fact]
    public async Task A_server_that_restarts_gets_everything_back()
    {
        await using var first = await RegistryProcess.StartAsync();
        var port = first.GrpcAddress.Port;
        await using var apply = CliProcess.Start("apply", Boutique, "--server", $"127.0.0.1:{port}");
        await ReadToAsync(apply, "holding");
        await using var watch = CliRun.Start("watch", "hipstershop.CartService", "--server", $"127.0.0.1:{port}");
        await watch.Out.NextAsync("cartservice-3");

        first.Signal(ProcessSignal.Kill);
        await first.ExitAsync();
        await using var second = await RegistryProcess.StartAsync(["--grpc", $"127.0.0.1:{port}"]);

        var again = 0;
        while (again < 11)
        {
            await ReadToAsync(apply, "applied again");
            again++;
        }

        await watch.Error.NextAsync("watch interrupted");
        await watch.Error.NextAsync("watch resumed");
        await using var resolve = CliRun.Start("resolve", "hipstershop.CartService", "--server", $"127.0.0.1:{port}");
        Assert.Equal(0, await resolve.ExitAsync());
        Assert.Equal(4, resolve.Out.All.Count);
    }

    private static async Task ReadToAsync(CliProcess process, string part)
    {
        while (true)
        {
            var line = await process.NextLineAsync()
                ?? throw new InvalidOperationException($"it ended before \"{part}\": {await process.ErrorAsync()}");
            if (line.Contains(part, StringComparison.Ordinal))
            {
                return;
            }
        }
    }

    private static string Address(RegistryHost server) => server.GrpcAddress.GetLeftPart(UriPartial.Authority);
}
