using Google.Protobuf;
using Registry.Client.Leases;

namespace Registry.Cli.Once;

/// <summary>Divides what one request has no room for.</summary>
internal static class RequestBatches
{
    // The server takes 1 MiB per change; what a request adds to its items is far below the rest.
    public const int MaxBytes = 768 * 1024;

    public static IEnumerable<List<T>> Of<T>(IEnumerable<T> items)
        where T : IMessage
    {
        List<T> batch = [];
        var bytes = 0;
        foreach (var item in items)
        {
            var size = item.CalculateSize();
            if (batch.Count == LeasedApplication.MaxPerRequest || (batch.Count > 0 && bytes + size > MaxBytes))
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }

            batch.Add(item);
            bytes += size;
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}
