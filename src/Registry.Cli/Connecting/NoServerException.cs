namespace Registry.Cli.Connecting;

/// <summary>Of several servers none answers.</summary>
internal sealed class NoServerException(string message) : Exception(message);
