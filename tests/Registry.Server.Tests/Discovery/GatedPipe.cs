using System.IO.Pipelines;

namespace Registry.Server.Tests.Discovery;

/// <summary>A response's pipe. Gated, a flush ends only when the test ends it, even if it was cancelled: a client that does not read.</summary>
internal sealed class GatedPipe : PipeWriter
{
    private readonly TaskCompletionSource _flush = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _buffer = new byte[1024];

    public bool IsGated { get; set; }

    /// <summary>How many bytes were written.</summary>
    public int Written { get; private set; }

    public void EndFlush() => _flush.SetResult();

    public override void Advance(int bytes) => Written += bytes;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_buffer.Length < sizeHint)
            _buffer = new byte[sizeHint];
        return _buffer;
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (IsGated)
            await _flush.Task.WaitAsync(cancellationToken);
        return new FlushResult(isCanceled: false, isCompleted: false);
    }
}
