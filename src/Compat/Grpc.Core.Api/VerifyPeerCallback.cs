namespace Grpc.Core;

/// <summary>An additional check of a server's certificate. May run for several connections at the same time and should be quick.</summary>
/// <param name="context">The server's name and certificate.</param>
/// <returns>False to refuse the connection.</returns>
public delegate bool VerifyPeerCallback(VerifyPeerContext context);
