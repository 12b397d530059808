namespace Registry.Cli.Manifest;

/// <summary>A manifest is not what it has to be. The message says where and what is expected, in one line.</summary>
internal sealed class ManifestException(string message) : Exception(message);
