using Grpc.Core;

namespace Registry.Client.Tests.Fakes;

/// <summary>Errors as the registry words them.</summary>
internal static class Refusal
{
    public static RpcException Of(StatusCode code, string reason, string message, string field = "")
    {
        var trailers = new Metadata();
        if (reason.Length > 0)
        {
            trailers.Add("registry-reason", reason);
        }

        if (field.Length > 0)
        {
            trailers.Add("registry-field", field);
        }

        return new RpcException(new Status(code, message), trailers);
    }
}
