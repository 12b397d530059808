namespace NBomber.Contracts.Stats;

/// <summary>About a process that makes load.</summary>
public sealed class NodeInfo
{
    /// <summary>The name of the machine.</summary>
    public string MachineName { get; set; } = "";

    /// <summary>Always a single node.</summary>
    public NodeType NodeType { get; set; }

    /// <summary>The part of the run that it is in.</summary>
    public OperationType CurrentOperation { get; set; }

    /// <summary>The operating system.</summary>
    public string OS { get; set; } = "";

    /// <summary>The version of .NET.</summary>
    public string DotNetVersion { get; set; } = "";

    /// <summary>The architecture of the processor.</summary>
    public string Processor { get; set; } = "";

    /// <summary>How many processors the process may use.</summary>
    public int CoresCount { get; set; }

    /// <summary>Which runner it is.</summary>
    public string NBomberVersion { get; set; } = "";
}
