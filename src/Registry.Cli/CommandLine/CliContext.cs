namespace Registry.Cli.CommandLine;

/// <summary>The process around the command line, so that a test can be one.</summary>
/// <param name="In">Standard input.</param>
/// <param name="Out">Standard output; every line is on its way when it is written.</param>
/// <param name="Error">Standard error.</param>
/// <param name="IsTerminal">Somebody watches standard output: tables and colours are welcome.</param>
/// <param name="Variable">Reads an environment variable.</param>
/// <param name="Time">The clock.</param>
/// <param name="Stop">Requested when the process is asked to stop. Only commands that hold or follow something use it.</param>
internal sealed record CliContext(
    Stream In,
    TextWriter Out,
    TextWriter Error,
    bool IsTerminal,
    Func<string, string?> Variable,
    TimeProvider Time,
    Func<IStopRequest> Stop);
