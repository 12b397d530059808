namespace Registry.Server.Hosting;

/// <summary>The settings are well-formed, but the machine does not go along. The message is one line that says with what.</summary>
internal sealed class CannotStartException(string message) : Exception(message);
