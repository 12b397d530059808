namespace Registry.Compat.Tests.Python;

/// <summary>A message with the length of its payload in place of the payload.</summary>
internal sealed record PythonMessage(string Text, int Payload);
