namespace Registry.Server.Hosting;

/// <summary>The command line or the configuration is wrong. The message is one line that names the option.</summary>
internal sealed class InvalidSettingsException(string message) : Exception(message);
