namespace Registry.TestKit.Hosting;

/// <summary>Signals, by their numbers on Linux.</summary>
public enum ProcessSignal
{
    /// <summary>Ends the process at once; nothing can be done about it.</summary>
    Kill = 9,

    /// <summary>Asks the process to end.</summary>
    Terminate = 15,

    /// <summary>Lets a stopped process go on.</summary>
    Continue = 18,

    /// <summary>Stops the process where it is: to everybody else it looks dead, and all its connections alive.</summary>
    Stop = 19,
}
