namespace Registry.Client.Watching;

/// <summary>
/// The stream has broken a promise of the protocol that no snapshot mends. What it brought is not to be trusted; a new
/// stream without a token starts from scratch.
/// </summary>
internal sealed class WatchBreachException(string message) : Exception(message);
