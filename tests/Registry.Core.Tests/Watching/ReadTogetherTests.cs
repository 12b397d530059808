using System.Collections;
using Registry.Core.Naming;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Watching;

/// <summary>Several topics are read at one revision, whatever is committed meanwhile.</summary>
public sealed class ReadTogetherTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void ReadTogether_WhileChangesAreCommittedBetweenItsReads_StandsAtOneRevision(int changes)
    {
        using var driven = new DrivenRegistry();
        driven.Declare("orders", ["x.A"], ["x.B"]);
        driven.Declare("billing", ["x.A"], ["x.B"]);
        var left = changes;

        // Reading the first name commits what makes the second one newer, several times over.
        var names = new Hooked([Given.Name("x.A"), Given.Name("x.B")], () =>
        {
            if (left-- > 0)
                driven.Declare($"app-{left}", ["x.A"], ["x.B"]);
        });
        var read = driven.Registry.ReadTogether(names, []);

        Assert.All(read.Mappings, m => Assert.True(m.Revision <= read.Revision, $"{m.Topic} is at {m.Revision}, the read at {read.Revision}"));
        Assert.All(read.Applications, a => Assert.True(a.Revision <= read.Revision, $"{a.Topic} is at {a.Revision}, the read at {read.Revision}"));
        Assert.Equal(read.Mappings[0].Applications.Select(a => a.Application), read.Mappings[1].Applications.Select(a => a.Application));
    }

    private sealed class Hooked(QualifiedName[] names, Action betweenReads) : IReadOnlyCollection<QualifiedName>
    {
        public int Count => names.Length;

        public IEnumerator<QualifiedName> GetEnumerator()
        {
            yield return names[0];
            betweenReads();
            foreach (var name in names.Skip(1))
                yield return name;
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
