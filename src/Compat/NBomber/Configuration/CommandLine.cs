namespace NBomber.Configuration;

/// <summary>What the command line says; null where it says nothing.</summary>
internal sealed record CommandLine
{
    public string? ConfigPath { get; private set; }

    public IReadOnlyList<string>? TargetScenarios { get; private set; }

    public string? TestSuite { get; private set; }

    public string? TestName { get; private set; }

    public string? SessionId { get; private set; }

    public bool? DisplayConsoleMetrics { get; private set; }

    /// <exception cref="InvalidOperationException">An option is not known, or lacks its value.</exception>
    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        var line = new CommandLine();
        for (var i = 0; i < args.Count; i++)
        {
            var (name, inline) = Split(args[i]);
            var values = new List<string>();
            if (inline is not null)
                values.Add(inline);
            while (i + 1 < args.Count && !args[i + 1].StartsWith('-') && (values.Count == 0 || name is "--target" or "-t"))
                values.Add(args[++i]);
            if (values.Count == 0)
                throw new InvalidOperationException($"Option '{name}' lacks its value.");
            line.Take(name, values);
        }

        return line;
    }

    private void Take(string name, List<string> values)
    {
        switch (name)
        {
            case "--config" or "-c":
                ConfigPath = values[0];
                break;
            case "--target" or "-t":
                TargetScenarios = [.. TargetScenarios ?? [], .. values];
                break;
            case "--test-suite":
                TestSuite = values[0];
                break;
            case "--test-name":
                TestName = values[0];
                break;
            case "--session-id":
                SessionId = values[0];
                break;
            case "--display-console-metrics":
                DisplayConsoleMetrics = bool.TryParse(values[0], out var shown)
                    ? shown
                    : throw new InvalidOperationException($"Option '{name}' is true or false, not '{values[0]}'.");
                break;
            default:
                throw new InvalidOperationException(
                    $"Option '{name}' is not known. Known are --config, --target, --test-suite, --test-name, --session-id and "
                    + "--display-console-metrics.");
        }
    }

    private static (string Name, string? Value) Split(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        return argument.StartsWith("--", StringComparison.Ordinal) && equals > 0
            ? (argument[..equals], argument[(equals + 1)..])
            : (argument, null);
    }
}
