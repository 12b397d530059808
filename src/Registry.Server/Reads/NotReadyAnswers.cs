using Registry.Server.Errors;

namespace Registry.Server.Reads;

/// <summary>What a read is told while there is no registry yet.</summary>
internal static class NotReadyAnswers
{
    /// <summary>Answers 503 for whatever needs the registry before it is there.</summary>
    public static void UseNotReadyAnswers(this IApplicationBuilder app) => app.Use(next => async context =>
    {
        try
        {
            await next(context);
        }
        catch (NotReadyException notReady) when (!context.Response.HasStarted)
        {
            context.Response.Headers.RetryAfter = "1";
            await JsonReads.Refuse(notReady.Error).ExecuteAsync(context);
        }
    });
}
