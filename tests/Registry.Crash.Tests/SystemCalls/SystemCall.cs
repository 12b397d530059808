namespace Registry.Crash.Tests.SystemCalls;

/// <summary>One system call of one thread.</summary>
/// <param name="Thread">Whose.</param>
/// <param name="Name">Which.</param>
/// <param name="Arguments">Everything between the parentheses, as strace writes it.</param>
/// <param name="Result">What stands behind the equals sign.</param>
/// <param name="Started">The line of the trace on which the call begins.</param>
/// <param name="Ended">The line on which it has returned. Another call happened after this one for sure only if it starts on a later line.</param>
internal sealed record SystemCall(int Thread, string Name, string Arguments, string Result, int Started, int Ended)
{
    public bool IsFailed => Result.StartsWith('-') || Result.StartsWith('?');

    /// <summary>What the descriptor in the first argument stands for; "": the first argument is none.</summary>
    public string Descriptor => Between(Arguments, '<', '>');

    /// <summary>The first argument in quotation marks: a path, or what is written.</summary>
    public string Quoted => Between(Arguments, '"', '"');

    /// <summary>The file of a call that takes a descriptor, or that makes or removes one.</summary>
    public string Path => Name.StartsWith("open", StringComparison.Ordinal) || Name.StartsWith("unlink", StringComparison.Ordinal) ? Quoted : Descriptor;

    private static string Between(string text, char open, char close)
    {
        var from = text.IndexOf(open, StringComparison.Ordinal);
        var to = from < 0 ? -1 : text.IndexOf(close, from + 1);
        return to < 0 ? "" : text[(from + 1)..to];
    }
}
