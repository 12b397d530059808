using Grpc.Core;
using Registry.Client.Connecting;
using Registry.Client.Retrying;
using Registry.Protocol.V1;

namespace Registry.LoadTests.Siblings;

/// <summary>
/// Calls that fail at once at one server that is not there: each is tried as often as the limit allows and not once more, and the counters
/// of the server, which all of them share, have counted each attempt and each failure.
/// </summary>
internal static class CallAttempts
{
    private const int Calls = 40;
    private const int Limit = 3;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

#pragma warning disable VSTHRD002 // A round is a synchronous thing, and nothing here goes back to its thread.
    public static string? Round() => RoundAsync().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002

    private static async Task<string?> RoundAsync()
    {
        if (!ServerAddress.TryParse("127.0.0.1:1", out var nowhere))
            return "no address";
        using var pool = new ServerPool([nowhere], address => new RegistryConnection(address), TimeProvider.System, new Random(1));
        var client = new Registration.RegistrationClient(
            new PoolInvoker(pool, Patience, CallRetries.Create(Limit, Shortest, Shortest, TimeProvider.System)));
        var failed = 0;
        await Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => Task.Run(async () =>
        {
            try
            {
                await client.GrantLeaseAsync(new GrantLeaseRequest());
            }
            catch (RpcException)
            {
                Interlocked.Increment(ref failed);
            }
        })));
        var counted = pool.Statistics[0];
        return (failed, counted.Attempts, counted.Failures, counted.FailuresInARow) == (Calls, Calls * Limit, Calls * Limit, Calls * Limit)
            ? null
            : $"{failed} of {Calls} calls failed in {counted.Attempts} attempts, {counted.Failures} failures, {counted.FailuresInARow} in a row; expected {Calls * Limit}";
    }
}
