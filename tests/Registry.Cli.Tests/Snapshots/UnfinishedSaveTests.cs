using System.Runtime.InteropServices;
using Grpc.Core;
using Registry.Cli.Tests.Running;
using Registry.TestKit;
using Registry.TestKit.Time;

namespace Registry.Cli.Tests.Snapshots;

/// <summary>A backup that does not come to its end leaves no file.</summary>
public sealed class UnfinishedSaveTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("registry-snapshot-").FullName;
    private BackupSource _source = null!;

    private string Backup => Path.Combine(_directory, "backup");

    private string Partial => Backup + ".partial";

    public async ValueTask InitializeAsync() => _source = await BackupSource.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Interrupted_in_the_middle_it_ends_with_1_and_leaves_nothing()
    {
        await using var run = await BeginAsync();
        await run.StopAsync();
        Assert.Equal(1, await run.ExitAsync());
        Assert.Equal("registry: interrupted before all was done", Assert.Single(run.Error.All));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGTERM)]
    public async Task A_signal_leaves_nothing(PosixSignal signal)
    {
        _source.Send(new byte[1_000]);
        await using var process = CliProcess.Start("snapshot", "save", Backup, "--server", _source.Address, "--timeout", "1m");
        await Within.BecomesAsync("a backup begins", true, () => File.Exists(Partial));
        process.Signal(signal);
        Assert.Equal(1, await process.ExitAsync());
        Assert.Equal("registry: interrupted before all was done\n", await process.ErrorAsync());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
    }

    [Fact]
    public async Task A_server_that_fails_in_the_middle_is_told_as_it_says()
    {
        await using var run = await BeginAsync();
        _source.End(new RpcException(
            new Status(StatusCode.Unavailable, "the server is going away; what was sent is no backup"), new Metadata { { "registry-reason", "SHUTTING_DOWN" } }));
        Assert.Equal(4, await run.ExitAsync());
        Assert.Equal("registry: UNAVAILABLE SHUTTING_DOWN: the server is going away; what was sent is no backup", Assert.Single(run.Error.All));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
    }

    [Fact]
    public async Task What_ends_well_and_is_no_backup_is_none()
    {
        await File.WriteAllTextAsync(Backup, "the one before");
        await using var run = await BeginAsync("--force");
        _source.End();
        Assert.Equal(9, await run.ExitAsync());
        Assert.StartsWith($"registry: {Partial}: damaged at offset 0: ", Assert.Single(run.Error.All), StringComparison.Ordinal);
        Assert.Equal([Backup], Directory.EnumerateFileSystemEntries(_directory));
        Assert.Equal("the one before", await File.ReadAllTextAsync(Backup));
    }

    [Fact]
    public async Task A_server_that_sends_no_more_is_given_up_after_the_timeout()
    {
        var clock = new DrivenClock();
        _source.Send(new byte[1_000]);
        await using var run = CliRun.Start(["snapshot", "save", Backup, "--server", _source.Address, "--timeout", "10"], "", time: clock);
        await Within.BecomesAsync("a backup begins", true, () => File.Exists(Partial));
        await Within.BecomesAsync("a silent server", true, () =>
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            return run.Exit.IsCompleted;
        });
        Assert.Equal(4, await run.ExitAsync());
        Assert.Equal($"registry: DEADLINE_EXCEEDED: {_source.Address}: no answer in time", Assert.Single(run.Error.All));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
    }

    private async Task<CliRun> BeginAsync(params string[] more)
    {
        _source.Send(new byte[1_000]);
        var run = CliRun.Start(["snapshot", "save", Backup, "--server", _source.Address, "--timeout", "1m", .. more], "");
        await Within.BecomesAsync("a backup begins", true, () => File.Exists(Partial));
        return run;
    }
}
