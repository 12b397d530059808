using Microsoft.Extensions.Logging;
using Registry.Client.Caching;
using Registry.Client.Watching;
using Registry.Protocol.V1;
using Registry.TestKit.Hosting;

namespace Registry.Client.Tests.Caching;

public sealed class ViewFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("registry-view");
    private readonly RecordedLogs _logs = new();

    public void Dispose()
    {
        _logs.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public void View_ComesBackAsItWas()
    {
        File().TrySave(View());
        var view = File().Load()!;
        Assert.Equal(("e1", 7), (view.Epoch, view.Revision));
        Assert.Equal(View().Held.ToHashSet(), view.Held.ToHashSet());
        Assert.Equal("orders/a", string.Join(", ", view.Resolve(TopicName.Interface("", "orders.v1.Orders")).Instances.Select(i => $"{i.Application}/{i.Instance.Id}")));
        Assert.True(view.FindInterface("", "unknown.v1.Nobody")!.IsAbsent);
        Assert.Empty(_logs.All);
    }

    [Fact]
    public void NoFile_IsNoView_AndNoFault()
    {
        Assert.Null(File().Load());
        Assert.Empty(_logs.All);
    }

    [Fact]
    public void DamagedFile_IsLeftOut_AndLoggedOnce_WhereverItIsDamaged()
    {
        var whole = ViewFile.Encode(View());
        for (var at = 0; at < whole.Length; at++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= 0x10;
            System.IO.File.WriteAllBytes(PathOf(), damaged);
            Assert.Null(File().Load());
            System.IO.File.WriteAllBytes(PathOf(), whole[..at]);
            Assert.Null(File().Load());
        }

        Assert.Equal(2 * whole.Length, _logs.All.Count);
        Assert.All(_logs.All, record => Assert.Equal(LogLevel.Warning, record.Level));
    }

    [Fact]
    public void DirectoryThatCanNotBeMade_IsLoggedOnce_AndTheClientWorksWithout()
    {
        var blocked = Path.Combine(_directory.FullName, "a file");
        System.IO.File.WriteAllText(blocked, "");
        var file = ViewFile.In(Path.Combine(blocked, "below"), "key", _logs.CreateLogger("test"))!;
        Assert.Null(file.Load());
        Assert.True(file.TrySave(View()));
        Assert.True(file.TrySave(View()));
        Assert.Single(_logs.All);
    }

    [Fact]
    public void HalfWrittenFile_OfAProcessThatEnded_LeavesTheOldOne()
    {
        File().TrySave(View());
        System.IO.File.WriteAllBytes($"{PathOf()}.1234.new", [1, 2, 3]);
        Assert.NotNull(File().Load());
    }

    private static RegistryView View()
    {
        var answer = new ResolveResponse { Sync = new Sync { Epoch = "e1", Revision = 7 } };
        answer.Interfaces.Add(Fakes.Wire.Mapping("orders.v1.Orders", 3, "orders:b1").Interface);
        answer.Interfaces.Add(Fakes.Wire.NoMapping("unknown.v1.Nobody").Interface);
        answer.Applications.Add(Fakes.Wire.Instances("orders", 7, Fakes.Wire.Instance("a"), Fakes.Wire.Instance("b", "b2")).Application);
        return ViewBuilder.Read(answer);
    }

    private ViewFile File() => ViewFile.In(_directory.FullName, "key", _logs.CreateLogger("test"))!;

    private string PathOf()
    {
        File().TrySave(View());
        return Directory.GetFiles(_directory.FullName, "*.bin").Single();
    }
}
