namespace Registry.Crash.Tests.SystemCalls;

/// <summary>Traces by hand: in the right order, and in the wrong ones, which the check refuses.</summary>
public sealed class WriteOrderTests
{
    private const string Made = "1 openat(AT_FDCWD</x>, \"/data/1.log\", O_RDWR|O_CREAT|O_EXCL, 0666) = 5</data/1.log>";
    private const string Header = "1 pwrite64(5</data/1.log>, \"head\", 4, 0) = 4";
    private const string Record = "1 pwrite64(5</data/1.log>, \"mark-1\", 6, 4) = 6";
    private const string FileSync = "1 fsync(5</data/1.log>) = 0";
    private const string DirectorySync = "1 fsync(6</data>) = 0";
    private const string Answer = "2 sendto(9<socket:[1]>, \"mark-1\", 6, 0, NULL, 0) = 6";
    private const string SnapshotMade = "3 openat(AT_FDCWD</x>, \"/data/1.state\", O_RDWR|O_CREAT|O_EXCL, 0666) = 7</data/1.state>";
    private const string SnapshotWritten = "3 pwrite64(7</data/1.state>, \"all\", 3, 0) = 3";
    private const string SnapshotSync = "3 fsync(7</data/1.state>) = 0";
    private const string SnapshotNamed = "3 fsync(8</data>) = 0";
    private const string Removal = "3 unlink(\"/data/0.log\") = 0";

    private static readonly string[] Begun = [Made, Header, FileSync, DirectorySync];
    private static readonly string[] Taken = [SnapshotMade, SnapshotWritten, SnapshotSync, SnapshotNamed];

    [Fact]
    public void RightOrder_IsInOrder()
    {
        var order = Check([.. Begun, Record, FileSync, Answer, .. Taken, Removal]);
        Assert.Empty(order.Violations);
        Assert.Equal((1, 1, 1, 1), (order.Acknowledgements, order.Segments, order.Snapshots, order.Deletions));
    }

    [Fact]
    public void AnswerBeforeTheSync_IsRefused() => Refuses("mark-1 is acknowledged on line 6", [.. Begun, Record, Answer, FileSync]);

    [Fact]
    public void AnswerBeforeTheWrite_IsRefused() => Refuses("mark-1 is acknowledged on line 5", [.. Begun, Answer, Record, FileSync]);

    [Fact]
    public void AnswerThatBeginsWhileTheSyncIsUnderWay_IsRefused() => Refuses(
        "mark-1 is acknowledged on line 7", [.. Begun, Record, "1 fsync(5</data/1.log> <unfinished ...>", Answer, "1 <... fsync resumed>) = 0"]);

    [Fact]
    public void SyncThatBeginsWhileTheWriteIsUnderWay_DoesNotCount() => Refuses(
        "mark-1 is acknowledged",
        [.. Begun, "1 pwrite64(5</data/1.log>, \"mark-1\", 6, 4 <unfinished ...>", "4 fsync(5</data/1.log>) = 0", "1 <... pwrite64 resumed>) = 6", Answer]);

    [Fact]
    public void SyncThatFails_DoesNotCount() => Refuses(
        "mark-1 is acknowledged", [.. Begun, Record, "1 fsync(5</data/1.log>) = -1 EIO (Input/output error)", Answer]);

    [Fact]
    public void SyncOfAnotherFile_DoesNotCount() => Refuses("mark-1 is acknowledged", [.. Begun, Record, "1 fsync(4</data/0.log>) = 0", Answer]);

    [Fact]
    public void AnswerThatIsMissing_IsRefused() => Refuses("mark-1 was never acknowledged", [.. Begun, Record, FileSync]);

    [Fact]
    public void RecordBeforeTheHeadersSync_IsRefused() => Refuses("the header was not synced before", [Made, Header, Record, FileSync, DirectorySync, Answer]);

    [Fact]
    public void RecordBeforeTheNamesSync_IsRefused() => Refuses("its name was not synced before", [Made, Header, FileSync, Record, FileSync, DirectorySync, Answer]);

    [Fact]
    public void NamesSyncBeforeTheHeadersSync_IsRefused() => Refuses("its name was not synced before", [Made, Header, DirectorySync, FileSync, Record, FileSync, Answer]);

    [Fact]
    public void RemovalBeforeTheSnapshotsSync_IsRefused() => Refuses(
        "/data/0.log is deleted", [.. Begun, Record, FileSync, Answer, SnapshotMade, SnapshotWritten, SnapshotNamed, Removal, SnapshotSync]);

    [Fact]
    public void RemovalBeforeTheSnapshotsNameIsSynced_IsRefused() => Refuses(
        "/data/0.log is deleted", [.. Begun, Record, FileSync, Answer, SnapshotMade, SnapshotWritten, SnapshotSync, Removal, SnapshotNamed]);

    [Fact]
    public void RemovalWithoutASnapshot_IsRefused() => Refuses("/data/0.log is deleted", [.. Begun, Record, FileSync, Answer, Removal]);

    private static WriteOrder Check(string[] trace) => WriteOrder.Check(TraceReader.Read(trace), "/data", ["mark-1"]);

    private static void Refuses(string what, string[] trace) => Assert.Contains(Check(trace).Violations, violation => violation.Contains(what, StringComparison.Ordinal));
}
