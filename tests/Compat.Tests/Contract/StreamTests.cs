using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;
using Xunit;

namespace Registry.Compat.Tests.Contract;

public sealed class StreamTests
{
    [Fact]
    public async Task ReadAllAsync_GivesEveryMessageInOrder()
    {
        var texts = new List<string>();
        await foreach (var text in new ListReader("one", "two").ReadAllAsync(TestContext.Current.CancellationToken))
            texts.Add(text);
        Assert.Equal(["one", "two"], texts);
    }

    [Fact]
    public async Task ReadAllAsync_StopsWhenItsEnumerationIsCancelled()
    {
        using var cancel = new CancellationTokenSource();
        var reader = new ListReader("one", "two");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var text in reader.ReadAllAsync(TestContext.Current.CancellationToken).WithCancellation(cancel.Token))
            {
                Assert.Equal("one", text);
                await cancel.CancelAsync();
            }
        });
    }

    [Fact]
    public void ReadAllAsync_ChecksItsArgumentAtOnce() =>
        Assert.Throws<ArgumentNullException>(() => ((IAsyncStreamReader<string>)null!).ReadAllAsync());

    [Fact]
    public async Task MoveNext_WithoutAToken_IsNeverCancelled()
    {
        var reader = new ListReader("one");
        Assert.True(await reader.MoveNext());
        Assert.False(await reader.MoveNext());
        Assert.Equal(CancellationToken.None, reader.LastToken);
    }

    [Fact]
    public async Task AWriterWithoutCancellation_TakesTokensThatAreNeverCancelled()
    {
        var writer = new ListWriter();
        await ((IAsyncStreamWriter<string>)writer).WriteAsync("one", CancellationToken.None);
        Assert.Equal(["one"], writer.Written);
    }

    [Fact]
    public async Task AWriterWithoutCancellation_RefusesATokenThatCouldBeCancelled()
    {
        using var cancel = new CancellationTokenSource();
        var writer = new ListWriter();
        await Assert.ThrowsAsync<NotSupportedException>(() => ((IAsyncStreamWriter<string>)writer).WriteAsync("one", cancel.Token));
        Assert.Empty(writer.Written);
    }

    public static TheoryData<string> Encodings => ["gzip", "deflate"];

    [Theory]
    [MemberData(nameof(Encodings))]
    public void ACompressionProvider_GoesThereAndBack(string encoding)
    {
        var provider = Provider(encoding);
        Assert.Equal(encoding, provider.EncodingName);
        var original = new byte[5000];
        using var compressed = new MemoryStream();
        using (var stream = provider.CreateCompressionStream(compressed, null))
            stream.Write(original);
        Assert.InRange(compressed.Length, 1, 500);
        compressed.Position = 0;
        using var restored = new MemoryStream();
        using (var stream = provider.CreateDecompressionStream(compressed))
            stream.CopyTo(restored);
        Assert.Equal(original, restored.ToArray());
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public void TheLevelOfAMessage_OverridesTheProviders(string encoding)
    {
        var original = new byte[5000];
        using var fallback = Compress(null);
        using var stored = Compress(CompressionLevel.NoCompression);
        Assert.InRange(fallback.Length, 1, 500);
        Assert.InRange(stored.Length, 5000, 6000);

        MemoryStream Compress(CompressionLevel? level)
        {
            var compressed = new MemoryStream();
            using var stream = Provider(encoding).CreateCompressionStream(compressed, level);
            stream.Write(original);
            return compressed;
        }
    }

    private static ICompressionProvider Provider(string encoding) => encoding == "gzip"
        ? new GzipCompressionProvider(CompressionLevel.Optimal)
        : new DeflateCompressionProvider(CompressionLevel.Optimal);

    private sealed class ListReader(params string[] items) : IAsyncStreamReader<string>
    {
        private int _index = -1;

        public CancellationToken? LastToken { get; private set; }

        public string Current => items[_index];

        public Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            LastToken = cancellationToken;
            cancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult(++_index < items.Length);
        }
    }

    private sealed class ListWriter : IAsyncStreamWriter<string>
    {
        public List<string> Written { get; } = [];

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(string message)
        {
            Written.Add(message);
            return Task.CompletedTask;
        }
    }
}
