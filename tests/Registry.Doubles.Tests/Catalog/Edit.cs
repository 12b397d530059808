namespace Registry.Doubles.Tests.Catalog;

/// <summary>
/// Whole lines of one source file and what stands in their place. Indentation is not compared. The lines must occur exactly once: a
/// double whose place in the code has moved fails, and does not rot into one that changes nothing.
/// </summary>
/// <param name="File">The file, from the root of the repository.</param>
/// <param name="Find">The lines.</param>
/// <param name="Replace">What stands there instead; empty: nothing.</param>
public sealed record Edit(string File, string Find, string Replace)
{
    /// <summary>The project that the file belongs to.</summary>
    public string Project => File.Split('/')[1];

    /// <summary>The file's text with this edit made.</summary>
    /// <exception cref="StaleDoubleException">The lines occur nowhere, or more than once.</exception>
    public string ApplyTo(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var lines = source.Split('\n');
        var find = Find.Split('\n');
        var found = Enumerable.Range(0, Math.Max(0, lines.Length - find.Length + 1)).Where(at => Matches(lines, at, find)).ToArray();
        return found is [var start]
            ? string.Join('\n', [.. lines[..start], Replace, .. lines[(start + find.Length)..]])
            : throw new StaleDoubleException($"{File} has {found.Length} places with these lines, not one: the double has to follow the code{Environment.NewLine}{Find}");
    }

    private static bool Matches(string[] lines, int at, string[] find)
    {
        for (var i = 0; i < find.Length; i++)
        {
            if (!lines[at + i].AsSpan().Trim().SequenceEqual(find[i].AsSpan().Trim()))
                return false;
        }

        return true;
    }
}

/// <summary>The code that a double changes is not there any more.</summary>
public sealed class StaleDoubleException(string message) : Exception(message);
