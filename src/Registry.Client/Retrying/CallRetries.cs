using Grpc.Core;
using Polly;
using Polly.Retry;
using Registry.Client.Connecting;

namespace Registry.Client.Retrying;

/// <summary>How a unary call that failed in passing is tried again: Polly's retry with decorrelated jitter, bounded in number.</summary>
/// <remarks>Each call counts its own attempts, so that no counter is shared and none can be raced for.</remarks>
internal static class CallRetries
{
    /// <param name="attempts">How often a call is tried in all; 1: once.</param>
    /// <param name="shortest">About the first wait.</param>
    /// <param name="longest">The longest wait. A server that asks for a longer one is not waited for longer.</param>
    /// <param name="time">The clock of the waits.</param>
    /// <returns>Null: calls are not tried again.</returns>
    public static ResiliencePipeline? Create(int attempts, TimeSpan shortest, TimeSpan longest, TimeProvider time)
    {
        if (attempts <= 1)
        {
            return null;
        }

        return new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = attempts - 1,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = shortest,
                MaxDelay = longest,
                ShouldHandle = static arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is RpcException exception
                    && !arguments.Context.CancellationToken.IsCancellationRequested
                    && RegistryFault.From(exception).IsTransient),
                DelayGenerator = arguments => ValueTask.FromResult<TimeSpan?>(
                    arguments.Outcome.Exception is RpcException exception && RegistryFault.From(exception).RetryAfter is { } asked
                        ? (asked < longest ? asked : longest)
                        : null),
            })
            .Build();
    }
}
