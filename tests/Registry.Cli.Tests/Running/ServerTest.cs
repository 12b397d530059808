using Registry.Protocol.V1;
using Registry.TestKit.Hosting;

namespace Registry.Cli.Tests.Running;

/// <summary>A test of commands against the real server, inside the test's process.</summary>
public abstract class ServerTest : IAsyncLifetime
{
    private readonly List<CliRun> _runs = [];

    internal RegistryHost Server { get; private set; } = null!;

    internal string Address => Server.GrpcAddress.GetLeftPart(UriPartial.Authority);

    internal Registration.RegistrationClient Registration { get; private set; } = null!;

    internal Discovery.DiscoveryClient Discovery { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await RegistryHost.StartAsync();
        Registration = new(Server.CreateChannel());
        Discovery = new(Server.CreateChannel());
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var run in _runs)
        {
            await run.DisposeAsync();
        }

        await Server.DisposeAsync();
    }

    /// <summary>Starts a command; the end of the test ends it.</summary>
    internal CliRun Start(string line, string input = "", bool isTerminal = false, Dictionary<string, string>? variables = null)
    {
        var run = CliRun.Start([.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--server", Address], input, isTerminal, variables);
        _runs.Add(run);
        return run;
    }

    /// <summary>Runs a command to its end; returns its lines.</summary>
    internal async Task<IReadOnlyList<string>> RunAsync(string line, string input = "", int exitCode = 0)
    {
        var run = Start(line, input);
        var ended = await run.ExitAsync();
        Assert.True(exitCode == ended, $"{line}: ended with {ended}: {run.Error.Text}");
        return run.Out.All;
    }

    /// <summary>Runs a command that fails; returns the one line that it says.</summary>
    internal async Task<string> FailAsync(string line, int exitCode, string input = "")
    {
        var run = Start(line, input);
        var ended = await run.ExitAsync();
        Assert.True(exitCode == ended, $"{line}: ended with {ended}: {run.Error.Text}");
        return Assert.Single(run.Error.All);
    }

    /// <summary>The instances of an application as the registry has them.</summary>
    internal async Task<IReadOnlyList<Instance>> ReadAsync(string application, string @namespace = "")
    {
        var answer = await Discovery.ResolveAsync(new ResolveRequest { Namespace = @namespace, Applications = { application } });
        return answer.Applications.Single().Instances;
    }

    internal async Task<long> RevisionAsync() => (await Discovery.ListInterfacesAsync(new ListInterfacesRequest())).Sync.Revision;
}
