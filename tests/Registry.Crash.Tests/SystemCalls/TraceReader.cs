using System.Globalization;
using System.Text.RegularExpressions;

namespace Registry.Crash.Tests.SystemCalls;

/// <summary>
/// Reads what <c>strace -f -o</c> writes. A call during which another thread is heard of stands there in two pieces, with the other's lines
/// in between; both count, because only between the two is it not known what had happened.
/// </summary>
internal static partial class TraceReader
{
    private const string Unfinished = " <unfinished ...>";

    /// <summary>All calls that have returned, in the order in which they began.</summary>
    /// <exception cref="InvalidDataException">A line is none that strace writes.</exception>
    public static IReadOnlyList<SystemCall> Read(IEnumerable<string> lines)
    {
        var calls = new List<SystemCall>();
        var begun = new Dictionary<int, (string Name, string Arguments, int Line)>();
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (Line().Match(line) is not { Success: true } parts)
                throw new InvalidDataException($"line {number} is no line of a trace: {line}");
            var thread = int.Parse(parts.Groups["thread"].Value, CultureInfo.InvariantCulture);
            var text = parts.Groups["text"].Value;
            if (text.StartsWith("+++", StringComparison.Ordinal) || text.StartsWith("---", StringComparison.Ordinal))
                continue;
            if (Resumed().Match(text) is { Success: true } resumed)
            {
                // The end of a call that began before the trace did has no beginning.
                if (!begun.Remove(thread, out var before))
                    continue;
                if (before.Name != resumed.Groups["name"].Value)
                    throw new InvalidDataException($"line {number}: thread {thread} goes on with {resumed.Groups["name"].Value} and had begun {before.Name}");
                if (Finished().Match(resumed.Groups["rest"].Value) is { Success: true } rest)
                    calls.Add(new SystemCall(thread, before.Name, before.Arguments + rest.Groups["arguments"].Value, rest.Groups["result"].Value, before.Line, number));
                continue;
            }

            if (Begun().Match(text) is not { Success: true } call)
                throw new InvalidDataException($"line {number} is no call: {line}");
            var (name, tail) = (call.Groups["name"].Value, call.Groups["rest"].Value);
            if (tail.EndsWith(Unfinished, StringComparison.Ordinal))
                begun[thread] = (name, tail[..^Unfinished.Length], number);
            else if (Finished().Match(tail) is { Success: true } whole)
                calls.Add(new SystemCall(thread, name, whole.Groups["arguments"].Value, whole.Groups["result"].Value, number, number));

            // Anything else was cut short by the end of the process: it has not returned.
        }

        return [.. calls.OrderBy(call => call.Started)];
    }

    [GeneratedRegex(@"^(?<thread>\d+)\s+(?<text>.*)$")]
    private static partial Regex Line();

    [GeneratedRegex(@"^<\.\.\. (?<name>\w+) resumed>(?<rest>.*)$")]
    private static partial Regex Resumed();

    [GeneratedRegex(@"^(?<name>\w+)\((?<rest>.*)$")]
    private static partial Regex Begun();

    // The last parenthesis with an equals sign behind it: what is written may hold others.
    [GeneratedRegex(@"^(?<arguments>.*)\)\s+= (?<result>.*)$")]
    private static partial Regex Finished();
}
