using Registry.Core.Instances;
using Registry.TestKit.Core;
using Xunit;

namespace Registry.Core.Tests.Watching;

/// <summary>A message is encoded once, for all.</summary>
public sealed class EncodeOnceTests
{
    [Fact]
    public void Message_ThatWasEncoded_IsNotEncodedAgain()
    {
        var snapshot = ApplicationSnapshot.Absent(Given.Name("orders"));

        Assert.True(snapshot.TryGetEncoded(_ => "bytes", out var first));
        Assert.True(snapshot.TryGetEncoded(_ => Unexpected(), out var second));
        Assert.Same(first, second);
    }

    [Fact]
    public void Message_ThatIsBeingEncoded_IsNotEncodedByAnotherMeanwhile()
    {
        // Asking from inside the encoder is another thread's asking at the worst moment.
        var snapshot = ApplicationSnapshot.Absent(Given.Name("orders"));
        string? other = null;
        var isThere = true;

        Assert.True(snapshot.TryGetEncoded(
            _ =>
            {
                isThere = snapshot.TryGetEncoded(_ => Unexpected(), out other);
                return "bytes";
            },
            out var encoded));

        Assert.Equal((false, null, "bytes"), (isThere, other, encoded));
    }

    [Fact]
    public void Message_ThatIsBeingEncoded_GivesNothingAway_WhateverTypeIsAskedFor()
    {
        var snapshot = ApplicationSnapshot.Absent(Given.Name("orders"));
        object? other = null;
        var isThere = true;

        Assert.True(snapshot.TryGetEncoded<object>(
            _ =>
            {
                isThere = snapshot.TryGetEncoded<object>(_ => Unexpected(), out other);
                return "bytes";
            },
            out var encoded));

        Assert.Equal((false, null, "bytes"), (isThere, other, encoded));
    }

    private static string Unexpected()
    {
        Assert.Fail("encoded twice");
        return "";
    }
}
