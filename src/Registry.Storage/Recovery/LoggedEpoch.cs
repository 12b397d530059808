namespace Registry.Storage.Recovery;

/// <summary>An epoch in a log.</summary>
/// <param name="Epoch">Its name.</param>
/// <param name="FirstRevision">What its first change got at least.</param>
/// <param name="LastRevision">Its last durable revision, or that of its parent if it has none.</param>
internal readonly record struct LoggedEpoch(string Epoch, long FirstRevision, long LastRevision);
