using System.Collections.Immutable;
using Registry.Client.Connecting;

namespace Registry.Cli.CommandLine;

/// <summary>What the options of every command came to. Used by one command.</summary>
/// <param name="servers">Where the registry answers, in the order in which they are tried.</param>
/// <param name="namespace">The namespace.</param>
/// <param name="output">How results are written.</param>
/// <param name="timeout">How long one answer of the server may take.</param>
internal sealed class Globals(ImmutableArray<ServerAddress> servers, string @namespace, OutputFormat output, TimeSpan timeout)
{
    public ImmutableArray<ServerAddress> Servers => servers;

    /// <summary>The server that the command speaks to: the first, until another one was chosen.</summary>
    public ServerAddress Server { get; set; } = servers[0];

    public string Namespace => @namespace;

    public OutputFormat Output => output;

    public TimeSpan Timeout => timeout;
}
