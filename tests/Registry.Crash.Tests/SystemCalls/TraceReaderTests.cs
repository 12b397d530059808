namespace Registry.Crash.Tests.SystemCalls;

/// <summary>What strace writes, line by line.</summary>
public sealed class TraceReaderTests
{
    [Fact]
    public void CallOnOneLine_IsReadWithItsPathsAndResult()
    {
        var call = Assert.Single(TraceReader.Read(["12  pwrite64(179</data/1.log>, \"abc\", 3, 64) = 3"]));
        Assert.Equal((12, "pwrite64", "3", 1, 1), (call.Thread, call.Name, call.Result, call.Started, call.Ended));
        Assert.Equal("/data/1.log", call.Path);
        Assert.Equal("abc", call.Quoted);
        Assert.False(call.IsFailed);
    }

    [Fact]
    public void PaddedResult_IsRead()
    {
        Assert.Equal("0", Assert.Single(TraceReader.Read(["12  fsync(180</data>)      = 0"])).Result);
    }

    [Fact]
    public void MadeFile_IsNamedByItsArgumentAndNotByTheWorkingDirectory()
    {
        var call = Assert.Single(TraceReader.Read(["7 openat(AT_FDCWD</x>, \"/data/1.log\", O_RDWR|O_CREAT|O_EXCL, 0666) = 9</data/1.log>"]));
        Assert.Equal("/data/1.log", call.Path);
    }

    [Fact]
    public void InterruptedCall_LastsFromItsFirstPieceToItsSecond()
    {
        var calls = TraceReader.Read(
        [
            "1  fsync(5</data/1.log> <unfinished ...>",
            "2  sendto(6<socket:[7]>, \"x\", 1, 0, NULL, 0 <unfinished ...>",
            "1  <... fsync resumed>)              = 0",
            "2  <... sendto resumed>)             = 1",
        ]);
        Assert.Equal([("fsync", 1, 3), ("sendto", 2, 4)], calls.Select(call => (call.Name, call.Started, call.Ended)));
        Assert.Equal("/data/1.log", calls[0].Path);
    }

    [Fact]
    public void ArgumentsOnBothSidesOfAnInterruption_AreOne()
    {
        var call = Assert.Single(TraceReader.Read(["1 openat(AT_FDCWD</x>, \"/d/2.log\", O_RDONLY <unfinished ...>", "1 <... openat resumed>, 0666) = 5</d/2.log>"]));
        Assert.Equal("/d/2.log", call.Path);
        Assert.EndsWith("0666", call.Arguments, StringComparison.Ordinal);
    }

    [Fact]
    public void ContentThatLooksLikeTheEndOfACall_IsContent()
    {
        var call = Assert.Single(TraceReader.Read(["1 write(5</d/1.log>, \"a) = 7 <unfinished ...> b\", 24) = 24"]));
        Assert.Equal("24", call.Result);
        Assert.Equal("a) = 7 <unfinished ...> b", call.Quoted);
    }

    [Fact]
    public void FailedCall_SaysSo()
    {
        Assert.True(Assert.Single(TraceReader.Read(["1 fsync(5</d/1.log>) = -1 EIO (Input/output error) (INJECTED)"])).IsFailed);
    }

    [Fact]
    public void CallThatTheEndOfTheProcessCutsShort_HasNotReturned()
    {
        Assert.Empty(TraceReader.Read(["1 fsync(5</d/1.log> <unfinished ...>", "2 write(1</x>, \"", "1 +++ killed by SIGKILL +++"]));
    }

    [Fact]
    public void SignalsAndExits_AreNoCalls()
    {
        Assert.Empty(TraceReader.Read(["1 --- SIGCHLD {si_signo=SIGCHLD} ---", "1 +++ exited with 0 +++"]));
    }

    [Fact]
    public void LineThatIsNone_IsRefusedWithItsNumber()
    {
        var refused = Assert.Throws<InvalidDataException>(() => TraceReader.Read(["1 fsync(5</d>) = 0", "hello"]));
        Assert.Contains("line 2", refused.Message, StringComparison.Ordinal);
    }
}
