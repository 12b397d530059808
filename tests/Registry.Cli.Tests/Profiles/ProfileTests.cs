using System.Text.Json;
using Registry.Cli.Tests.Running;

namespace Registry.Cli.Tests.Profiles;

/// <summary>Which setting holds: the option, the variable, the profile, the default, in this order. And what a wrong file says.</summary>
public sealed class ProfileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("", "", "", "http://127.0.0.1:7400")]
    [InlineData("", "", "dev", "http://127.0.0.1:3")]
    [InlineData("", "http://127.0.0.1:2", "dev", "http://127.0.0.1:2")]
    [InlineData("http://127.0.0.1:1", "http://127.0.0.1:2", "dev", "http://127.0.0.1:1")]
    public async Task The_first_that_says_something_holds(string option, string variable, string profile, string expected)
    {
        // Nothing listens at any of them but perhaps the default, which is not called: the timeout of the profile is wrong on purpose there.
        Write("""{"profiles":{"dev":{"server":"127.0.0.1:3"}}}""");
        var variables = new Dictionary<string, string> { ["HOME"] = _folder.FullName, ["REGISTRY_SERVER"] = variable };
        string[] line = ["status", "--timeout", "1ms", .. option.Length > 0 ? new[] { "--server", option } : [], .. profile.Length > 0 ? new[] { "--profile", profile } : []];
        await using var run = CliRun.Start(line, "", variables: variables);

        Assert.Equal(4, await run.ExitAsync());

        Assert.Contains(expected, Assert.Single(run.Error.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_files_default_the_variable_and_the_option_name_the_profile()
    {
        Write("""{"default":"a","profiles":{"a":{"server":"127.0.0.1:1"},"b":{"server":"127.0.0.1:2"},"c":{"server":"127.0.0.1:3"}}}""");

        Assert.Contains("127.0.0.1:1:", await FailAsync(4, [], "status"), StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:2:", await FailAsync(4, new() { ["REGISTRY_PROFILE"] = "b" }, "status"), StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:3:", await FailAsync(4, new() { ["REGISTRY_PROFILE"] = "b" }, "status", "--profile", "c"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_and_namespace_come_from_the_profile_too()
    {
        await using var server = await TestKit.Hosting.RegistryHost.StartAsync();
        Write(JsonSerializer.Serialize(new
        {
            profiles = new { dev = new { server = server.GrpcAddress.GetLeftPart(UriPartial.Authority), @namespace = "staging", output = "json", timeout = "10s" } },
        }));
        await using var run = CliRun.Start(["list", "applications", "--profile", "dev"], "", variables: new Dictionary<string, string> { ["HOME"] = _folder.FullName });

        Assert.Equal(0, await run.ExitAsync());

        Assert.Equal("staging", JsonDocument.Parse(run.Out.Text).RootElement.GetProperty("namespace").GetString());
    }

    [Theory]
    [InlineData("{", "FILE:1: not JSON: ")]
    [InlineData("[]", "FILE: expected an object with \"profiles\", found array")]
    [InlineData("""{"profile":{}}""", "FILE: profile: unknown property; expected one of default, profiles")]
    [InlineData("""{"profiles":{"dev":{"servr":"x"}}}""", "FILE: profiles.dev.servr: unknown property; expected one of server, namespace, output, timeout")]
    [InlineData("""{"profiles":{"dev":{"timeout":5}}}""", "FILE: profiles.dev.timeout: expected a string, found number")]
    [InlineData("""{"profiles":{"dev":{"timeout":"5x"}}}""", "FILE: profiles.dev.timeout: expected a duration from 1ms to 60m, such as 5, 500ms or 1m, found \"5x\"")]
    [InlineData("""{"profiles":{"dev":{"output":"xml"}}}""", "FILE: profiles.dev.output: expected table or json, found \"xml\"")]
    [InlineData("""{"profiles":{"dev":{"server":"a"}}}""", "FILE: profiles.dev.server: expected http://host:port, https://host:port or host:port, found \"a\"")]
    [InlineData("""{"profiles":{"prod":{}}}""", "FILE: there is no profile \"dev\"; expected one of prod")]
    [InlineData("{}", "FILE: there is no profile \"dev\"; expected it in \"profiles\"")]
    public async Task What_is_wrong_with_the_file_is_one_line(string text, string complaint)
    {
        var file = Write(text);

        Assert.StartsWith("registry: " + complaint.Replace("FILE", file, StringComparison.Ordinal), await FailAsync(2, [], "status", "--profile", "dev"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_named_must_be_there()
    {
        Assert.Equal("registry: REGISTRY_CONFIG: there is no file /nope.json", await FailAsync(2, new() { ["REGISTRY_CONFIG"] = "/nope.json" }, "status"));
        Assert.Equal(
            "registry: --profile: there is no profile \"dev\", because there is no file of profiles", await FailAsync(2, [], "status", "--profile", "dev"));
    }

    [Theory]
    [InlineData("REGISTRY_OUTPUT", "xml", "REGISTRY_OUTPUT: expected table or json, found \"xml\"")]
    [InlineData("REGISTRY_TIMEOUT", "2h", "REGISTRY_TIMEOUT: expected a duration from 1ms to 60m, such as 5, 500ms or 1m, found \"2h\"")]
    [InlineData("REGISTRY_SERVER", "127.0.0.1:1,", "REGISTRY_SERVER: expected http://host:port, https://host:port or host:port, found \"\"")]
    public async Task A_wrong_variable_is_named(string variable, string value, string complaint) =>
        Assert.Equal("registry: " + complaint, await FailAsync(2, new() { [variable] = value }, "status"));

    private string Write(string text)
    {
        var file = Path.Combine(_folder.CreateSubdirectory(Path.Combine(".config", "registry")).FullName, "config.json");
        File.WriteAllText(file, text);
        return file;
    }

    private async Task<string> FailAsync(int exitCode, Dictionary<string, string> variables, params string[] line)
    {
        variables["HOME"] = _folder.FullName;
        await using var run = CliRun.Start(line, "", variables: variables);
        Assert.Equal(exitCode, await run.ExitAsync());
        return Assert.Single(run.Error.All);
    }
}
