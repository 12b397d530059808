using System.Text.Json;
using Registry.Cli.Tests.Running;
using Registry.TestKit.Hosting;

namespace Registry.Cli.Tests.Snapshots;

/// <summary>The backup of a running server, and what is made of it.</summary>
public sealed class SnapshotCommandTests : ServerTest
{
    private readonly string _directory = Directory.CreateTempSubdirectory("registry-snapshot-").FullName;

    private string Backup => Path.Combine(_directory, "backup");

    private string Data => Path.Combine(_directory, "data");

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task What_is_saved_is_restored_and_served_again()
    {
        await RegisterAsync();

        var saved = Assert.Single(await RunAsync($"snapshot save {Backup}"));
        Assert.Matches($"^saved {Backup}: revision 2, epoch [0-9a-f]{{16}}, 1 application, 2 instances, {new FileInfo(Backup).Length} bytes$", saved);
        Assert.Equal([Backup], Directory.EnumerateFileSystemEntries(_directory));
        var whole = Assert.Single(await RunAsync($"snapshot verify {Backup}"));
        Assert.Equal(saved.Replace("saved ", "", StringComparison.Ordinal).Replace($"{Backup}: ", $"{Backup} is whole: ", StringComparison.Ordinal), whole);

        Assert.Matches(
            $"^restored {Backup} into {Data}: revision 2, epoch [0-9a-f]{{16}} after [0-9a-f]{{16}}, 1 application, 2 instances$",
            Assert.Single(await RunAsync($"snapshot restore {Backup} --data {Data}")));
        await using var server = await RegistryHost.StartAsync(new Dictionary<string, string?> { ["Storage:Mode"] = "Disk", ["Storage:Directory"] = Data });
        await using var resolve = CliRun.Start("resolve", "o.O", "--server", server.GrpcAddress.GetLeftPart(UriPartial.Authority));
        Assert.Equal(0, await resolve.ExitAsync());
        Assert.Equal(3, resolve.Out.All.Count);

        // Of the server that runs on it now.
        Assert.Matches(
            $"^registry: data directory {Data}: a server \\(process {Environment.ProcessId}\\) works on it. Stop it first, or ask it for a backup with registry snapshot save$",
            await FailAsync($"snapshot verify {Data}", 1));
    }

    [Fact]
    public async Task A_backup_and_a_directory_are_shown_and_nothing_in_them_is_changed()
    {
        await RegisterAsync();
        await RunAsync($"snapshot save {Backup}");
        await RunAsync($"snapshot restore {Backup} --data {Data}");
        var before = Stamps();

        var lines = await RunAsync($"snapshot inspect {Backup}");
        Assert.Equal([$"backup        {Backup}", "format        1"], lines.Take(2));
        Assert.Matches(@"^taken         \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", lines[2]);
        Assert.Equal("revision      2", lines[3]);
        Assert.Matches("^epoch         [0-9a-f]{16}, 1 to 2$", lines[4]);
        Assert.Equal(["applications  1", "instances     2", $"size          {new FileInfo(Backup).Length} bytes"], lines.Skip(5));

        lines = await RunAsync($"snapshot inspect {Data}");
        Assert.Equal($"directory     {Data}", lines[0]);
        Assert.Matches("^epoch         [0-9a-f]{16}, no change; begins at 1000000000002$", lines[5]);
        Assert.Equal("torn          nothing", lines[9]);
        Assert.Matches("^start reads   [0-9]+ bytes$", lines[10]);
        Assert.Equal(["", "FILE                        USE       BYTES  REVISIONS"], lines.Skip(11).Take(2));
        Assert.Matches($"^00000000000000000002.state  snapshot  {new FileInfo(Backup).Length} +up to 2$", lines[13]);
        Assert.Matches("^00000000000000000003.log    segment   [0-9]+ +-$", lines[14]);
        Assert.Matches("^lock  ", lines[15]);

        await RunAsync($"snapshot verify {Data}");
        Assert.Equal(before, Stamps());
    }

    [Fact]
    public async Task JSON_names_each_figure()
    {
        await RegisterAsync();

        Assert.Equal(["file", "revision", "epoch", "applications", "instances", "bytes"], Names(await RunAsync($"snapshot save {Backup} -o json")));
        Assert.Equal(
            ["directory", "revision", "epoch", "parent", "firstRevision", "applications", "instances"],
            Names(await RunAsync($"snapshot restore {Backup} --data {Data} -o json")));
        Assert.Equal(
            ["path", "revision", "epoch", "applications", "instances", "bytes", "tornBytes"], Names(await RunAsync($"snapshot verify {Data} -o json")));
        string[] common = ["path", "kind", "format", "taken", "revision", "epochs", "applications", "instances", "bytes"];
        Assert.Equal(common, Names(await RunAsync($"snapshot inspect {Backup} -o json")));
        var lines = await RunAsync($"snapshot inspect {Data} -o json");
        Assert.Equal([.. common, "tornBytes", "startReads", "files"], Names(lines));

        using var document = JsonDocument.Parse(string.Concat(lines));
        Assert.Equal("directory", document.RootElement.GetProperty("kind").GetString());
        Assert.Equal(["epoch", "firstRevision", "lastRevision"], NamesOf(document.RootElement.GetProperty("epochs")[0]));
        Assert.Equal((1L, 2L), Range(document.RootElement.GetProperty("epochs")[0]));
        Assert.Equal((1_000_000_000_002L, 0L), Range(document.RootElement.GetProperty("epochs")[1]));
        var file = document.RootElement.GetProperty("files")[0];
        Assert.Equal(["name", "use", "bytes", "firstRevision", "lastRevision"], NamesOf(file));
        Assert.Equal(("00000000000000000002.state", "snapshot"), (file.GetProperty("name").GetString(), file.GetProperty("use").GetString()));
    }

    [Fact]
    public async Task A_file_that_is_there_is_replaced_only_with_force()
    {
        await File.WriteAllTextAsync(Backup, "mine");
        Assert.Equal($"registry: {Backup}: is there already; --force replaces it", await FailAsync($"snapshot save {Backup}", 2));
        Assert.Equal("mine", await File.ReadAllTextAsync(Backup));

        await RunAsync($"snapshot save {Backup} --force");
        await RunAsync($"snapshot verify {Backup}");
        Assert.Equal($"registry: {_directory}: is a directory; name a file in it", await FailAsync($"snapshot save {_directory}", 1));
        Assert.Contains("can't be written", await FailAsync($"snapshot save {_directory}/no/backup", 1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_backup_is_one_line_and_exit_code_9_and_makes_no_directory()
    {
        await RunAsync($"snapshot save {Backup}");
        var bytes = await File.ReadAllBytesAsync(Backup);
        bytes[^10] ^= 1;
        await File.WriteAllBytesAsync(Backup, bytes);

        foreach (var line in new[] { $"snapshot verify {Backup}", $"snapshot inspect {Backup}", $"snapshot restore {Backup} --data {Data}", $"snapshot verify {Backup} -o json" })
        {
            Assert.Equal(
                $"registry: {Backup}: damaged at offset 64: the record is not as it was written. It is no backup: use another one", await FailAsync(line, 9));
        }

        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public async Task A_directory_that_is_not_empty_is_refused_and_left_as_it_is()
    {
        await RunAsync($"snapshot save {Backup}");
        var before = Stamps();
        Assert.Equal(
            $"registry: {_directory}: is not empty (backup). Nothing was changed. Name a directory that is empty or not there",
            await FailAsync($"snapshot restore {Backup} --data {_directory}", 1));
        Assert.Equal(before, Stamps());
    }

    [Theory]
    [InlineData("snapshot", 2)]
    [InlineData("snapshot save", 2)]
    [InlineData("snapshot save --nonsense", 2)]
    [InlineData("snapshot restore backup", 2)]
    [InlineData("snapshot restore nowhere/backup --data x", 2)]
    [InlineData("snapshot inspect", 2)]
    [InlineData("snapshot inspect nowhere/backup", 2)]
    [InlineData("snapshot verify nowhere/backup", 2)]
    [InlineData("snapshot verify a b", 2)]
    public async Task A_wrong_command_line_is_one_line(string line, int exitCode) =>
        Assert.StartsWith("registry: ", await FailAsync(line, exitCode), StringComparison.Ordinal);

    [Fact]
    public async Task A_server_that_is_not_there_leaves_no_file()
    {
        await using var run = CliRun.Start("snapshot", "save", Backup, "--server", "127.0.0.1:1");
        Assert.Equal(4, await run.ExitAsync());
        Assert.Equal("registry: UNAVAILABLE: http://127.0.0.1:1: Connection refused", Assert.Single(run.Error.All));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
    }

    private async Task RegisterAsync()
    {
        await RunAsync("register orders a -e grpc://10.0.0.1:1 -i o.O --once");
        await RunAsync("register orders b -e grpc://10.0.0.2:1 -i o.O --once");
    }

    private static string[] Names(IReadOnlyList<string> lines)
    {
        using var document = JsonDocument.Parse(string.Concat(lines));
        return NamesOf(document.RootElement);
    }

    private static string[] NamesOf(JsonElement element) => [.. element.EnumerateObject().Select(property => property.Name)];

    private static (long, long) Range(JsonElement element) => (element.GetProperty("firstRevision").GetInt64(), element.GetProperty("lastRevision").GetInt64());

    private List<(string, string, DateTime)> Stamps() =>
    [
        .. Directory.EnumerateFileSystemEntries(_directory, "*", SearchOption.AllDirectories).Append(_directory).Order(StringComparer.Ordinal).Select(path => (
            path, File.Exists(path) ? Convert.ToHexString(File.ReadAllBytes(path)) : "", File.GetLastWriteTimeUtc(path))),
    ];
}
