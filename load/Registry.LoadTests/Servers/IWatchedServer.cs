using System.Text.Json.Nodes;

namespace Registry.LoadTests.Servers;

/// <summary>A server as somebody sees it who looks after it. Thread safe.</summary>
internal interface IWatchedServer
{
    /// <summary>It is a process of ours, whose end can be seen.</summary>
    bool IsOurs { get; }

    /// <summary>Completes with what it was that ended the process; never for a server that is not ours. A restart is no death.</summary>
    Task<string> Death { get; }

    /// <summary>How often it was started; what was asked in one life says nothing about the next. 0: it is being started again.</summary>
    int Life { get; }

    /// <summary>Reads JSON from the HTTP port.</summary>
    /// <exception cref="HttpRequestException">The server did not answer, or answered that it broke.</exception>
    Task<JsonNode> GetAsync(string path, CancellationToken cancellationToken);
}
