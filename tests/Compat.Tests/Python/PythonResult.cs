using System.Text.Json;

namespace Registry.Compat.Tests.Python;

internal sealed record PythonResult(
    string Code,
    string? Details,
    PythonMessage? Response,
    string[]? Responses,
    Dictionary<string, JsonElement>? Headers,
    Dictionary<string, JsonElement>? Trailers)
{
    public string? Header(string name) => Headers is not null && Headers.TryGetValue(name, out var value) ? value.GetString() : null;

    public string? Trailer(string name) => Trailers is not null && Trailers.TryGetValue(name, out var value) ? value.GetString() : null;

    public byte[] HeaderBytes(string name) => Bytes(Headers![name]);

    public byte[] TrailerBytes(string name) => Bytes(Trailers![name]);

    private static byte[] Bytes(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetByte())];
}
