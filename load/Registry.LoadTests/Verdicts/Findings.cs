namespace Registry.LoadTests.Verdicts;

/// <summary>What an audit finds: counted, and some of it in words. Used by one caller at a time.</summary>
internal sealed class Findings
{
    private const int MaxExamples = 5;

    private readonly List<string> _examples = [];

    /// <summary>Some of it, in the order in which it was found.</summary>
    public IReadOnlyList<string> Examples => _examples;

    /// <summary>Takes what is wrong; returns how much that is.</summary>
    public int Note(IEnumerable<string> wrong)
    {
        var count = 0;
        foreach (var one in wrong)
        {
            count++;
            if (_examples.Count < MaxExamples)
                _examples.Add(one);
        }

        return count;
    }

    /// <summary>Puts something before all else.</summary>
    public void Head(string example) => _examples.Insert(0, example);
}
