namespace Grpc.Core;

/// <summary>What a <see cref="VerifyPeerCallback"/> gets to know of the server. Immutable; made by gRPC implementations only.</summary>
public class VerifyPeerContext
{
    internal VerifyPeerContext(string targetName, string peerPem)
    {
        TargetName = targetName;
        PeerPem = peerPem;
    }

    /// <summary>The name that the client wanted to reach.</summary>
    public string TargetName { get; }

    /// <summary>The server's certificate in PEM.</summary>
    public string PeerPem { get; }
}
