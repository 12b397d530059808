namespace Registry.Cli.CommandLine;

/// <summary>The command line, or a variable that stands for a part of it, is wrong.</summary>
internal sealed class UsageException(string message) : Exception(message);
