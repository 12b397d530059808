using Xunit;

namespace Registry.Compat.Tests.Harness;

/// <summary>Something that one side of a test does and the other side waits for.</summary>
internal sealed class Signal
{
    private readonly TaskCompletionSource _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Set() => _source.TrySetResult();

    public Task WaitAsync() => _source.Task.WaitAsync(Limits.Wait, TestContext.Current.CancellationToken);
}
