using Grpc.Core;
using Xunit;

namespace Registry.Compat.Tests.Harness;

/// <summary>How long a wait may take before its test fails. Far more than needed, so that a busy machine is no failure.</summary>
internal static class Limits
{
    /// <summary>For a test as a whole, in milliseconds.</summary>
    public const int Test = 60_000;

    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(30);

    /// <summary>Options for a call that ends with the test at the latest.</summary>
    public static CallOptions Call(Metadata? headers = null) =>
        new(headers, DateTime.UtcNow + Wait, TestContext.Current.CancellationToken);
}
