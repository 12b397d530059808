namespace Registry.Compat.Tests.Harness;

/// <summary>A response as HTTP sees it. A call that fails before its first message has its status among the headers.</summary>
internal sealed record RawResponse(
    IReadOnlyDictionary<string, string> Headers, byte[] Body, IReadOnlyDictionary<string, string> Trailers)
{
    public string this[string name] => Trailers.TryGetValue(name, out var value) ? value : Headers.GetValueOrDefault(name, "");
}
