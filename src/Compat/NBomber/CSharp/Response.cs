using NBomber.Contracts;

namespace NBomber.CSharp;

/// <summary>
/// Makes responses. Name the arguments: their order differs between Ok and Fail. <c>sizeBytes</c> is an int here, which every version
/// takes. Thread-safe.
/// </summary>
public static class Response
{
    private static readonly Response<object> PlainOk = new("", false, 0, "", null);
    private static readonly Response<object> PlainFail = new("", true, 0, "", null);

    /// <summary>It ended well.</summary>
    public static Response<object> Ok() => PlainOk;

    /// <summary>It failed, without a status code: give one, so that kinds of failures can be told apart.</summary>
    public static Response<object> Fail() => PlainFail;

    /// <summary>It ended well.</summary>
    /// <param name="statusCode">Counted by this; empty: none.</param>
    /// <param name="sizeBytes">What was transferred.</param>
    /// <param name="message">For people.</param>
    public static Response<object> Ok(string statusCode = "", int sizeBytes = 0, string message = "") =>
        new(statusCode, false, sizeBytes, message, null);

    /// <summary>It ended well.</summary>
    /// <param name="statusCode">Counted by this; empty: none.</param>
    /// <param name="sizeBytes">What was transferred.</param>
    /// <param name="message">For people.</param>
    public static Response<T> Ok<T>(string statusCode = "", int sizeBytes = 0, string message = "") =>
        new(statusCode, false, sizeBytes, message, null);

    /// <summary>It ended well and brought something.</summary>
    /// <param name="payload">What it brought; null: nothing.</param>
    /// <param name="statusCode">Counted by this; empty: none.</param>
    /// <param name="sizeBytes">What was transferred.</param>
    /// <param name="message">For people.</param>
    public static Response<T> Ok<T>(T payload, string statusCode = "", int sizeBytes = 0, string message = "") =>
        new(statusCode, false, sizeBytes, message, Some(payload));

    /// <summary>It failed.</summary>
    /// <param name="statusCode">Counted by this; empty: none.</param>
    /// <param name="message">For people.</param>
    /// <param name="sizeBytes">What was transferred.</param>
    public static Response<object> Fail(string statusCode = "", string message = "", int sizeBytes = 0) =>
        new(statusCode, true, sizeBytes, message, null);

    /// <summary>It failed.</summary>
    /// <param name="statusCode">Counted by this; empty: none.</param>
    /// <param name="message">For people.</param>
    /// <param name="sizeBytes">What was transferred.</param>
    public static Response<T> Fail<T>(string statusCode = "", string message = "", int sizeBytes = 0) =>
        new(statusCode, true, sizeBytes, message, null);

    /// <summary>It failed and brought something.</summary>
    /// <param name="payload">What it brought; null: nothing.</param>
    /// <param name="statusCode">Counted by this; empty: none.</param>
    /// <param name="message">For people.</param>
    /// <param name="sizeBytes">What was transferred.</param>
    public static Response<T> Fail<T>(T payload, string statusCode = "", string message = "", int sizeBytes = 0) =>
        new(statusCode, true, sizeBytes, message, Some(payload));

    private static Payload<T>? Some<T>(T payload) => payload is null ? null : new Payload<T>(payload);
}
