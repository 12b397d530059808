namespace NBomber.Contracts;

/// <summary>How an iteration or a step ended, with what it brought. Immutable.</summary>
/// <typeparam name="T">What it brings to the code after it.</typeparam>
public sealed record Response<T> : IResponse
{
    internal Response(string statusCode, bool isError, long sizeBytes, string message, Payload<T>? payload)
    {
        StatusCode = statusCode ?? "";
        IsError = isError;
        SizeBytes = Math.Max(0, sizeBytes);
        Message = message ?? "";
        Payload = payload;
    }

    /// <inheritdoc/>
    public string StatusCode { get; }

    /// <inheritdoc/>
    public bool IsError { get; }

    /// <inheritdoc/>
    public long SizeBytes { get; }

    /// <inheritdoc/>
    public string Message { get; }

    /// <summary>What it brought; ask with <c>IsSome()</c> before taking its <c>Value</c>.</summary>
    public Payload<T>? Payload { get; }
}
