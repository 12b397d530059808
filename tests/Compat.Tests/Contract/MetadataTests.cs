using Grpc.Core;
using Xunit;

namespace Registry.Compat.Tests.Contract;

public sealed class MetadataTests
{
    [Fact]
    public void Keys_AreStoredInLowerCase() => Assert.Equal("trace-id", new Metadata.Entry("Trace-ID", "x").Key);

    [Theory]
    [InlineData("with space")]
    [InlineData("semi;colon")]
    [InlineData(":path")]
    [InlineData("ünïcode")]
    [InlineData("line\n")]
    public void AKeyWithAnotherCharacter_IsRefused(string key)
    {
        Assert.Throws<ArgumentException>(() => new Metadata.Entry(key, "x"));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry(key + "-bin", [1]));
    }

    [Fact]
    public void EveryAllowedCharacter_MakesAKey() =>
        Assert.Equal("0123456789abcdefghijklmnopqrstuvwxyz-_.", new Metadata.Entry("0123456789abcdefghijklmnopqrstuvwxyz-_.", "").Key);

    [Fact]
    public void TheEndingOfTheKey_DecidesBetweenTextAndBytes()
    {
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("raw-bin", "text"));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("RAW-BIN", "text"));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("raw", [1]));
        Assert.True(new Metadata.Entry("RAW-BIN", [1]).IsBinary);
        Assert.False(new Metadata.Entry("raw", "text").IsBinary);
    }

    [Fact]
    public void ABinaryEntry_HasNoText()
    {
        var entry = new Metadata.Entry("raw-bin", [1, 2]);
        Assert.Throws<InvalidOperationException>(() => entry.Value);
        Assert.Throws<InvalidOperationException>(() => new Metadata { entry }.GetValue("raw-bin"));
    }

    [Fact]
    public void ATextEntry_HasBytesToo() => Assert.Equal("abc"u8.ToArray(), new Metadata.Entry("tag", "abc").ValueBytes);

    [Fact]
    public void Bytes_AreCopiedInAndOut()
    {
        byte[] bytes = [1, 2];
        var entry = new Metadata.Entry("raw-bin", bytes);
        bytes[0] = 9;
        Assert.Equal([1, 2], entry.ValueBytes);
        entry.ValueBytes[0] = 9;
        Assert.Equal([1, 2], entry.ValueBytes);
    }

    [Fact]
    public void NullArguments_AreRefused()
    {
        Assert.Throws<ArgumentNullException>(() => new Metadata.Entry(null!, "x"));
        Assert.Throws<ArgumentNullException>(() => new Metadata.Entry("tag", (string)null!));
        Assert.Throws<ArgumentNullException>(() => new Metadata.Entry("raw-bin", (byte[])null!));
        Assert.Throws<ArgumentNullException>(() => new Metadata().Add(null!));
    }

    [Fact]
    public void TheLastValueOfAKey_Wins()
    {
        var metadata = new Metadata { { "tag", "one" }, { "other", "x" }, { "tag", "two" }, { "raw-bin", [1] }, { "raw-bin", [2] } };
        Assert.Equal("two", metadata.GetValue("TAG"));
        Assert.Equal("two", metadata.Get("Tag")?.Value);
        Assert.Equal([2], metadata.GetValueBytes("raw-bin")!);
        Assert.Equal(["one", "two"], metadata.GetAll("tag").Select(entry => entry.Value));
        Assert.Equal(5, metadata.Count);
    }

    [Fact]
    public void AKeyThatIsNotThere_GivesNothing()
    {
        var metadata = new Metadata { { "tag", "one" } };
        Assert.Null(metadata.Get("none"));
        Assert.Null(metadata.GetValue("none"));
        Assert.Null(metadata.GetValueBytes("none-bin"));
        Assert.Empty(metadata.GetAll("none"));
    }

    [Fact]
    public void TheList_CanBeEdited()
    {
        var one = new Metadata.Entry("one", "1");
        var two = new Metadata.Entry("two", "2");
        var three = new Metadata.Entry("three", "3");
        var metadata = new Metadata { one, three };
        metadata.Insert(1, two);
        Assert.Equal([one, two, three], metadata);
        Assert.Equal(1, metadata.IndexOf(two));
        Assert.Same(two, metadata[1]);
        metadata[1] = one;
        Assert.DoesNotContain(two, metadata);
        metadata.RemoveAt(0);
        Assert.True(metadata.Remove(three));
        Assert.False(metadata.Remove(three));
        var copy = new Metadata.Entry[2];
        metadata.CopyTo(copy, 1);
        Assert.Null(copy[0]);
        Assert.Same(one, copy[1]);
        metadata.Clear();
        Assert.Empty(metadata);
        Assert.False(metadata.IsReadOnly);
    }

    [Fact]
    public void TheSharedEmptyList_CannotBeChanged()
    {
        Assert.Empty(Metadata.Empty);
        Assert.True(Metadata.Empty.IsReadOnly);
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("tag", "x"));
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("raw-bin", [1]));
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Insert(0, new Metadata.Entry("tag", "x")));
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Remove(new Metadata.Entry("tag", "x")));
        Assert.Throws<InvalidOperationException>(Metadata.Empty.Clear);
    }
}
