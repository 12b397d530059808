using Registry.Samples.Tests.Harness;
using Xunit;

[assembly: AssemblyFixture(typeof(PythonSample))]

namespace Registry.Samples.Tests.Harness;

/// <summary>
/// The Python sample, with its stubs generated as protos/README.md says, and a Python that can run it. Once for all tests.
/// </summary>
public sealed class PythonSample : IAsyncLifetime
{
    // The first Python of the path may be one that knows nothing of the system's packages.
    private static readonly string[] Pythons = ["python3", "/usr/bin/python3"];
    private static readonly string Protos = Path.Combine(AppContext.BaseDirectory, "protos");
    private static readonly string Sample = Path.Combine(Protos, "samples", "python");
    private static readonly string[] Files = [.. Directory.GetFiles(Path.Combine(Protos, "registry", "v1"), "*.proto").Order(StringComparer.Ordinal)];

    private string _python = "";
    private string? _missing;

    public async ValueTask InitializeAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            _missing = "the tests send signals as Linux has them";
            return;
        }

        foreach (var python in Pythons)
        {
            if (_python.Length == 0 && await WorksAsync(python, ["-c", "import google.protobuf, grpc"]))
                _python = python;
        }

        if (_python.Length == 0)
            _missing = "there is no python3 with grpcio and protobuf; Debian has them as python3-grpcio";
        else if (!await GenerateAsync())
            _missing = "there is nothing that generates Python stubs; Debian has it as protobuf-compiler-grpc";
        else if (!await WorksAsync(_python, ["-c", "import registry_client"]))
            Assert.Fail($"The stubs were generated, and {_python} can't import the sample.");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Starts one of the sample's programs. Skips the test where something that it needs is missing.</summary>
    internal Command Start(string program, Uri server, params string[] arguments)
    {
        Assert.SkipUnless(_missing is null, $"Python sample: {_missing}");
        return Command.Start(_python, [program, .. arguments, "--server", server.Authority], Sample);
    }

    /// <summary>Starts Python in the directory of the sample. Skips the test where something that it needs is missing.</summary>
    internal Command StartPython(params string[] arguments)
    {
        Assert.SkipUnless(_missing is null, $"Python sample: {_missing}");
        return Command.Start(_python, arguments, Sample);
    }

    private async Task<bool> GenerateAsync() =>
        await WorksAsync("protoc", ["-I", Protos, $"--python_out={Sample}", $"--grpc_python_out={Sample}", "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin", .. Files])
        || await WorksAsync(_python, ["-m", "grpc_tools.protoc", "-I", Protos, $"--python_out={Sample}", $"--grpc_python_out={Sample}", .. Files]);

    private static async Task<bool> WorksAsync(string program, string[] arguments)
    {
        var command = await Command.TryRunAsync(program, arguments, Sample);
        if (command is null)
            return false;
        await using (command)
            return await command.ExitAsync() == 0;
    }
}
