using System.Net.Mime;

namespace Registry.Server.Health;

/// <summary>
/// Probes over HTTP. <c>/livez</c>: the process answers, and depends on nothing else, or one fault elsewhere would restart every
/// server. <c>/readyz</c>: it can do its work.
/// </summary>
internal static class Probes
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Adds the probes.</summary>
    public static void MapProbes(this IEndpointRouteBuilder http)
    {
        http.MapMethods("/livez", Methods, context => AnswerAsync(context, StatusCodes.Status200OK, "ok"));
        http.MapMethods("/readyz", Methods, context =>
        {
            var stage = context.RequestServices.GetRequiredService<ServerReadiness>().Current;
            return stage.State == ServerState.Ready
                ? AnswerAsync(context, StatusCodes.Status200OK, stage.Reason)
                : AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, $"not ready: {stage.Reason}");
        });
    }

    private static Task AnswerAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaTypeNames.Text.Plain;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }
}
