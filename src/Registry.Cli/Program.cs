using Registry.Cli.CommandLine;
using Registry.Cli.Output;

// Before the console is touched: see there.
StopSignals.AcceptIgnoredInterrupt();

var output = StandardOutput.Open();
return await RegistryCommandLine.RunAsync(args, new CliContext(
    Console.OpenStandardInput(),
    output,
    Console.Error,
    !Console.IsOutputRedirected,
    Environment.GetEnvironmentVariable,
    TimeProvider.System,
    static () => new StopSignals()));
