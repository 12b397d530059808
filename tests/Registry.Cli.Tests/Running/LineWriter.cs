using System.Text;
using System.Threading.Channels;

namespace Registry.Cli.Tests.Running;

/// <summary>Output that a test can wait for, line by line.</summary>
internal sealed class LineWriter : TextWriter
{
    // Locking
    //   _gate     guards _open and _all.
    private readonly Lock _gate = new();
    private readonly StringBuilder _open = new();
    private readonly List<string> _all = [];
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>All lines so far.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _all];
            }
        }
    }

    /// <summary>Everything so far as one text.</summary>
    public string Text => string.Join('\n', All);

    public override void Write(char value)
    {
        lock (_gate)
        {
            if (value != '\n')
            {
                _open.Append(value);
                return;
            }

            var line = _open.ToString();
            _open.Clear();
            _all.Add(line);
            _lines.Writer.TryWrite(line);
        }
    }

    /// <summary>The next line that was not waited for yet.</summary>
    public async Task<string> NextAsync()
    {
        try
        {
            return await _lines.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"no further line came; those that did: {Text}");
        }
    }

    /// <summary>The next line that contains this; others are passed over.</summary>
    public async Task<string> NextAsync(string part)
    {
        while (true)
        {
            var line = await NextAsync();
            if (line.Contains(part, StringComparison.Ordinal))
            {
                return line;
            }
        }
    }
}
